/** What kafka-get-offsets prints: `topic:partition:offset`, sorted as text. */
import { unwrap, type Admin, type OffsetSpec } from '../../client/index.ts'
import { openAdmin } from '../admin-client.ts'
import { javaText } from '../java-text.ts'
import type { ToolEnvironment } from '../tool.ts'
import type { OffsetOptions } from './get-offsets.ts'
import { placeFilter, type Place } from './place-filter.ts'
import { PlainError } from '../plain-error.ts'

/** @throws PlainError for filters that make no sense or match nothing */
export async function offsetLines(
  given: OffsetOptions,
  bootstrapServers: string,
  { host, terminal }: ToolEnvironment,
): Promise<string[]> {
  if (given.has('topic-partitions') && (given.has('topic') || given.has('partitions'))) {
    throw new PlainError('--topic-partitions cannot be used with --topic or --partitions')
  }
  const spec = readSpec(given.value('time'))
  const allows = placeFilter({
    patterns: given.value('topic-partitions'),
    topic: given.value('topic'),
    partitions: given.value('partitions'),
  })
  const admin = await openAdmin(host, {
    bootstrapServers,
    configFile: given.value('command-config'),
    overrides: new Map([['client.id', 'GetOffsetShell']]),
  })
  try {
    const listInternal = !given.has('exclude-internal-topics')
    const places = (await allPlaces(admin, listInternal)).filter(allows)
    if (places.length === 0) {
      throw new PlainError('Could not match any topic-partitions with the specified filters')
    }
    return await lookUp(admin, places, spec, skipped => terminal.stderr.write(skipped))
  } finally {
    await admin.close()
  }
}

async function allPlaces(admin: Admin, listInternal: boolean): Promise<Place[]> {
  const topics = await admin.listTopics({ listInternal })
  const described = await admin.describeTopics(topics.map(({ name }) => name))
  return Array.from(described.values(), unwrap).flatMap(({ name, partitions }) =>
    partitions.map(({ partition }) => ({ topic: name, partition })),
  )
}

/** Partitions that fail are told of and left out; those without such an offset are left out. */
async function lookUp(
  admin: Admin,
  places: readonly Place[],
  spec: OffsetSpec,
  tell: (line: string) => void,
): Promise<string[]> {
  const found: { name: string; line: string }[] = []
  for (const outcome of await admin.listOffsets(places.map(place => ({ ...place, spec })))) {
    const name = `${outcome.topic}-${outcome.partition}`
    if (!outcome.ok) {
      const reason = javaText(outcome.error)
      tell(`Skip getting offsets for topic-partition ${name} due to error: ${reason}\n`)
    } else if (outcome.value.offset !== -1) {
      const line = `${outcome.topic}:${outcome.partition}:${outcome.value.offset}`
      found.push({ name, line })
    }
  }
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(({ line }) => line)
}

const specials = new Map<string, OffsetSpec>([
  ['latest', 'latest'],
  ['-1', 'latest'],
  ['earliest', 'earliest'],
  ['-2', 'earliest'],
  ['max-timestamp', 'max-timestamp'],
  ['-3', 'max-timestamp'],
  ['earliest-local', 'earliest-local'],
  ['-4', 'earliest-local'],
  ['latest-tiered', 'latest-tiered'],
  ['-5', 'latest-tiered'],
])

function readSpec(time: string): OffsetSpec {
  const special = specials.get(time)
  if (special !== undefined) return special
  if (/^[+-]?\d{1,15}$/.test(time)) return { timestampMs: Number(time) }
  throw new PlainError(
    `Malformed time argument ${time}. Please use -1 or latest / -2 or earliest / -3 or ` +
      'max-timestamp / -4 or earliest-local / -5 or latest-tiered, or a specified long format ' +
      'timestamp',
  )
}
