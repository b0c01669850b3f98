/**
 * The message descriptions that lie as JSON inside genuine Kafka jars, and the union of two releases:
 * the older has the versions that were removed since, the newer lies over it, field by field.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { installOnce } from '../../peers/cache.ts'
import { jarFile, kafkaJars } from '../../peers/maven.ts'
import { runOk } from '../../peers/process.ts'

/** The releases that bound the union: the last with ZooKeeper, and the newest. */
export const releases = ['3.9.2', '4.3.1'] as const
export type Release = (typeof releases)[number]

export type Range = readonly [first: number, last: number]

export interface KafkaField {
  name: string
  type: string
  versions: Range
  nullableVersions: Range | undefined
  tag: number | undefined
  default: string | undefined
  isIgnorable: boolean
  isMapKey: boolean
  isNeverFlexible: boolean
  fields: KafkaField[]
}

export interface KafkaMessage {
  name: string
  apiKey: number | undefined
  versions: Range
  flexible: number | undefined
  isLatestUnstable: boolean
  fields: KafkaField[]
}

interface RawField {
  name: string
  type: string
  /** Absent where the tagged versions are all there are. */
  versions?: string
  nullableVersions?: string
  taggedVersions?: string
  flexibleVersions?: string
  tag?: number | string
  default?: string | number | boolean
  ignorable?: boolean
  mapKey?: boolean
  fields?: RawField[]
}

interface RawMessage {
  name: string
  apiKey?: number
  type: string
  validVersions: string
  flexibleVersions: string
  latestVersionUnstable?: boolean
  fields: RawField[]
  commonStructs?: { name: string; fields: RawField[] }[]
}

/** Artifacts whose jars hold descriptions of what our rooms read and write. */
const artifacts = {
  'kafka-clients': 'common/message',
  'kafka-group-coordinator': 'common/message',
  'kafka-transaction-coordinator': 'common/message',
  'kafka-metadata': 'common/metadata',
  'kafka-storage': 'message',
} as const

/** Every message of a release, by name. */
export async function kafkaSchemas(release: Release): Promise<ReadonlyMap<string, KafkaMessage>> {
  const jars = await kafkaJars(release)
  const folder = await installOnce(
    join('schemas', `kafka-${release}-${Object.keys(artifacts).length}`),
    async target => {
      for (const [artifact, inside] of Object.entries(artifacts)) {
        await runOk('jar', ['xf', jarFile(jars, artifact), inside], { cwd: target })
      }
    },
  )
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const messages = files
    .filter(name => name.endsWith('.json'))
    .map(name => parseSchema(readFileSync(join(folder, name), 'utf8')))
    .filter(message => message !== undefined)
  return new Map(messages.map(message => [message.name, message]))
}

/** Both releases as one: what a description here has to say. */
export async function unionOfSchemas(): Promise<ReadonlyMap<string, KafkaMessage>> {
  const [older, newer] = await Promise.all([kafkaSchemas('3.9.2'), kafkaSchemas('4.3.1')])
  const names = new Set([...older.keys(), ...newer.keys()])
  return new Map([...names].map(name => [name, union(older.get(name), newer.get(name))] as const))
}

/** Undefined for the shell of an API that was removed (`validVersions: none`). */
export function parseSchema(text: string): KafkaMessage | undefined {
  const json = text.replace(/^\s*\/\/.*$/gm, '').replace(/,\s+\/\/.*$/gm, ',')
  const raw = JSON.parse(json) as RawMessage
  const versions = parseRange(raw.validVersions)
  if (versions === undefined) return undefined
  const common = new Map((raw.commonStructs ?? []).map(({ name, fields }) => [name, fields]))
  return {
    name: raw.name,
    // Records have a key there that is none of the protocol.
    apiKey: ['request', 'response'].includes(raw.type) ? raw.apiKey : undefined,
    versions,
    flexible: parseRange(raw.flexibleVersions)?.[0],
    isLatestUnstable: raw.latestVersionUnstable ?? false,
    fields: parseFields(raw.fields, common, versions),
  }
}

/** A field is only there where what it lies in is there. */
function parseFields(
  fields: readonly RawField[],
  common: ReadonlyMap<string, RawField[]>,
  scope: Range,
): KafkaField[] {
  return fields.flatMap(field => {
    const versions = intersect(parseRange(field.versions ?? field.taggedVersions ?? 'none'), scope)
    if (versions === undefined) return []
    const nested = field.fields ?? common.get(field.type.replace('[]', '')) ?? []
    return [
      {
        name: camelCase(field.name),
        type: common.has(field.type.replace('[]', '')) ? typeOfStruct(field.type) : field.type,
        versions,
        nullableVersions: intersect(parseRange(field.nullableVersions ?? 'none'), versions),
        tag: field.taggedVersions === undefined ? undefined : Number(field.tag),
        default: field.default === undefined ? undefined : String(field.default),
        isIgnorable: field.ignorable ?? false,
        isMapKey: field.mapKey ?? false,
        isNeverFlexible: field.flexibleVersions === 'none',
        fields: parseFields(nested, common, versions),
      },
    ]
  })
}

function typeOfStruct(type: string): string {
  return type.startsWith('[]') ? '[]struct' : 'struct'
}

function union(older: KafkaMessage | undefined, newer: KafkaMessage | undefined): KafkaMessage {
  const newest = newer ?? older
  if (newest === undefined) throw new Error('no release has the message')
  if (older === undefined || newer === undefined) return newest
  return {
    ...newer,
    versions: span(older.versions, newer.versions),
    fields: unionOfFields(older.fields, newer.fields),
  }
}

/** In the order of the newer release; what only the older has keeps its place before its follower. */
function unionOfFields(older: readonly KafkaField[], newer: readonly KafkaField[]): KafkaField[] {
  const fields = newer.map(field => {
    const before = older.find(({ name }) => name === field.name)
    if (before === undefined) return field
    return {
      ...field,
      versions: span(before.versions, field.versions),
      nullableVersions: spanIfAny(before.nullableVersions, field.nullableVersions),
      fields: unionOfFields(before.fields, field.fields),
    }
  })
  older.forEach((field, index) => {
    if (newer.some(({ name }) => name === field.name)) return
    const previous = older[index - 1]?.name
    fields.splice(fields.findIndex(({ name }) => name === previous) + 1, 0, field)
  })
  return fields
}

function span(left: Range, right: Range): Range {
  return [Math.min(left[0], right[0]), Math.max(left[1], right[1])]
}

function spanIfAny(left: Range | undefined, right: Range | undefined): Range | undefined {
  return left === undefined || right === undefined ? (left ?? right) : span(left, right)
}

export function intersect(left: Range | undefined, right: Range): Range | undefined {
  if (left === undefined) return undefined
  const range: Range = [Math.max(left[0], right[0]), Math.min(left[1], right[1])]
  return range[0] > range[1] ? undefined : range
}

/** `none`, `3`, `2-4` or `0+`. */
function parseRange(text: string): Range | undefined {
  if (text === 'none') return undefined
  const [first = '', last = first] = text.replace('+', '-Infinity').split('-')
  return [Number(first), Number(last)]
}

function camelCase(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}
