/** What `--add-config`, `--add-config-file` and `--delete-config` ask for. */
import type { Host } from '../../host/index.ts'
import { illegalArgument, ToolError } from '../java-text.ts'
import { loadProperties } from '../properties-files.ts'
import type { ConfigOptions } from './config-options.ts'

export interface ConfigChanges {
  readonly added: ReadonlyMap<string, string>
  readonly deleted: readonly string[]
}

/** @throws ToolError for what is no `name=value`, or no file */
export function readChanges(given: ConfigOptions, host: Host): ConfigChanges {
  const file = given.value('add-config-file')
  const pairs = given.value('add-config')
  const added = new Map([
    ...(file === null ? [] : loadProperties(host, file)),
    ...(pairs === null ? [] : parsePairs(pairs)),
  ])
  for (const name of added.keys()) {
    if (!/^[a-zA-Z0-9._-]*$/.test(name)) {
      throw illegalArgument(`Invalid character found for config key: ${name}`)
    }
  }
  return { added, deleted: given.values('delete-config').map(name => name.trim()) }
}

/** Commas and equals signs between brackets belong to the value. */
export function parsePairs(text: string): Map<string, string> {
  const outside = '(?=[^\\]]*(?:\\[|$))'
  const pairs = new Map<string, string>()
  const parts = text.split(new RegExp(`,${outside}`))
  while (parts.length > 1 && parts.at(-1) === '') parts.pop()
  for (const part of parts) {
    const [name, value, ...more] = part.split(new RegExp(`\\s*=\\s*${outside}`))
    if (name === undefined || value === undefined || more.length > 0) {
      throw illegalArgument(
        'requirement failed: Invalid entity config: all configs to be added must be in the ' +
          'format "key=val".',
      )
    }
    pairs.set(name.trim(), value.replace(/[[\]]/g, '').trim())
  }
  return pairs
}

/** @throws ToolError for a property that cannot be deleted because it is not set */
export function ensureSet(names: readonly string[], isSet: (name: string) => boolean): void {
  const unset = names.filter(name => !isSet(name))
  if (unset.length === 0) return
  throw new ToolError(
    'org.apache.kafka.common.errors.InvalidConfigurationException',
    `Invalid config(s): ${unset.join(',')}`,
  )
}
