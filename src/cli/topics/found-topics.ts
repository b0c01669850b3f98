/** Topics that a command is about, by the pattern of `--topic`. */
import { illegalArgument } from '../java-text.ts'
import { filterTopics } from '../topic-filter.ts'
import type { TopicOptions } from './topic-options.ts'

/** Sorted, as `--list` prints them. @throws ToolError for a pattern that is none */
export function topicsFor(given: TopicOptions, all: readonly string[]): string[] {
  const excludeInternal = given.has('exclude-internal')
  return filterTopics(all.toSorted(), given.value('topic'), { excludeInternal })
}

/** @throws ToolError unless a topic was found, none was asked for, or none need be there */
export function ensureFound(
  given: TopicOptions,
  found: readonly string[],
  nameOf: (pattern: string) => string,
): void {
  const pattern = given.value('topic') ?? ''
  if (pattern === '' || given.has('if-exists') || found.length > 0) return
  throw illegalArgument(`Topic '${nameOf(pattern)}' does not exist as expected`)
}
