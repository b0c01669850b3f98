/** `--topic` of many tools: a regular expression, where a comma means `or`. Mirrors Kafka's IncludeList. */
import { isInternalTopic } from '../metadata/index.ts'
import { ToolError } from './java-text.ts'

export class TopicFilter {
  readonly #pattern: RegExp

  /** @throws ToolError for what is no regular expression */
  constructor(raw: string) {
    const source = raw
      .trim()
      .replaceAll(',', '|')
      .replaceAll(' ', '')
      .replace(/^["']+/, '')
      .replace(/["']+$/, '')
    try {
      this.#pattern = new RegExp(`^(?:${source})$`)
    } catch (error) {
      throw new ToolError('java.lang.RuntimeException', `${source} is an invalid regex.`, error)
    }
  }

  allows(topic: string, { excludeInternal }: { excludeInternal: boolean }): boolean {
    return this.#pattern.test(topic) && !(excludeInternal && isInternalTopic(topic))
  }
}

/** Of `topics` those that a filter allows; all without a filter. */
export function filterTopics(
  topics: readonly string[],
  raw: string | null,
  options: { excludeInternal: boolean },
): string[] {
  if (raw === null) {
    return topics.filter(topic => !(options.excludeInternal && isInternalTopic(topic)))
  }
  const filter = new TopicFilter(raw)
  return topics.filter(topic => filter.allows(topic, options))
}
