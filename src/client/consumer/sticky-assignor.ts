/**
 * The sticky assignors: as even as the subscriptions allow, with as few partitions as that takes
 * changing hands. Mirrors StickyAssignor (KIP-54, KIP-341) and CooperativeStickyAssignor (KIP-429); what
 * members tell each other is as Java writes it.
 */
import { ProtocolError, Reader, Writer } from '../../bytes/index.ts'
import {
  array,
  codecOf,
  int32,
  mapKey,
  message,
  since,
  string,
  withDefault,
} from '../../protocol/index.ts'
import { byTopic, comparePartitions, nameOf, type TopicPartition } from '../topic-partition.ts'
import { compareMembers, type Assignment, type Assignor, type Subscriber } from './assignor.ts'

/** What a member of a sticky group had; v1 in which generation (KIP-341). No version stands before it. */
const StickyUserData = message({
  name: 'StickyAssignorUserData',
  versions: [0, 1],
  fields: {
    previousAssignment: array({ topic: mapKey(string), partitions: array(int32) }),
    generation: since(1, withDefault(int32, -1)),
  },
})

/** What a member says it has. */
interface Claim {
  readonly memberId: string
  readonly partitions: readonly TopicPartition[]
  /** -1: not known, which any other generation outdoes. */
  readonly generationId: number
}

export const stickyAssignor: Assignor = {
  name: 'sticky',
  userData: ({ partitions, generationId }) => {
    if (generationId < 0) return null
    const previousAssignment = [...byTopic(partitions)].map(([topic, items]) => ({
      topic,
      partitions: items.map(({ partition }) => partition),
    }))
    const writer = new Writer()
    codecOf(StickyUserData, 1).write(writer, { previousAssignment, generation: generationId })
    return writer.finish()
  },
  assign: (subscribers, partitionCounts) =>
    assignSticky(subscribers, partitionCounts, subscribers.map(claimInUserData)),
}

export const cooperativeStickyAssignor: Assignor = {
  name: 'cooperative-sticky',
  isCooperative: true,
  userData: ({ generationId }) => {
    const generation = Buffer.alloc(4)
    generation.writeInt32BE(generationId)
    return generation
  },
  assign: (subscribers, partitionCounts) => {
    const claims = subscribers.map(claimOfOwner)
    const assignment = assignSticky(subscribers, partitionCounts, claims)
    withholdOwned(assignment, claims)
    return assignment
  },
}

function claimInUserData({ memberId, userData }: Subscriber): Claim {
  const none = { memberId, partitions: [], generationId: -1 }
  if (userData === null || userData === undefined) return none
  const { length } = userData
  for (const { version, start } of [
    { version: 1, start: 0 },
    { version: 0, start: 0 },
    // kafka-python 3 writes the version before it, which would otherwise be 65,536 topics.
    { version: 1, start: 2 },
  ]) {
    try {
      const reader = new Reader(userData.subarray(Math.min(start, length)))
      const said = codecOf(StickyUserData, version).read(reader)
      const partitions = said.previousAssignment.flatMap(({ topic, partitions: numbers }) =>
        numbers.map(partition => ({ topic, partition })),
      )
      return { memberId, partitions, generationId: said.generation }
    } catch (error) {
      // Perhaps another form; what nobody can read claims nothing, as in Java.
      if (!(error instanceof ProtocolError)) throw error
    }
  }
  return none
}

/** The generation is in the user data before KIP-792. */
function claimOfOwner(subscriber: Subscriber): Claim {
  const { memberId, ownedPartitions = [], generationId = -1, userData } = subscriber
  const told = userData?.length === 4 ? userData.readInt32BE() : -1
  return {
    memberId,
    partitions: ownedPartitions,
    generationId: generationId >= 0 ? generationId : told,
  }
}

/** By name of the partition who had it last: of two in the same generation neither can be believed. */
function lastOwners(claims: readonly Claim[]): Map<string, string | undefined> {
  const generations = new Map<string, number>()
  const owners = new Map<string, string | undefined>()
  for (const { memberId, partitions, generationId } of claims) {
    for (const partition of partitions) {
      const name = nameOf(partition)
      const known = generations.get(name) ?? -Infinity
      if (generationId < known) continue
      owners.set(name, generationId === known ? undefined : memberId)
      generations.set(name, generationId)
    }
  }
  return owners
}

function assignSticky(
  subscribers: readonly Subscriber[],
  partitionCounts: ReadonlyMap<string, number>,
  claims: readonly Claim[],
): Assignment {
  const members = [...subscribers].sort(compareMembers)
  const assignment: Assignment = new Map(members.map(({ memberId }) => [memberId, []]))
  const readers = readersByTopic(members, partitionCounts)
  const owners = lastOwners(claims)
  const free: TopicPartition[] = []
  for (const [topic, memberIds] of readers) {
    for (let partition = 0; partition < (partitionCounts.get(topic) ?? 0); partition += 1) {
      const owner = owners.get(nameOf({ topic, partition }))
      const kept = owner !== undefined && memberIds.includes(owner) ? owner : undefined
      if (kept === undefined) free.push({ topic, partition })
      else assignment.get(kept)?.push({ topic, partition })
    }
  }
  const place = { assignment, readers }
  // Those that few can take come first: the others can go around them.
  const choice = ({ topic }: TopicPartition): number => readers.get(topic)?.length ?? 0
  free.sort((left, right) => choice(left) - choice(right) || comparePartitions(left, right))
  for (const partition of free) {
    assignment.get(leastLoaded(place, partition.topic))?.push(partition)
  }
  balance(place)
  for (const partitions of assignment.values()) partitions.sort(comparePartitions)
  return assignment
}

interface Place {
  readonly assignment: Assignment
  readonly readers: ReadonlyMap<string, readonly string[]>
}

function readersByTopic(
  members: readonly Subscriber[],
  partitionCounts: ReadonlyMap<string, number>,
): Map<string, string[]> {
  const readers = new Map<string, string[]>()
  for (const { memberId, topics } of members) {
    for (const topic of new Set(topics)) {
      if (!partitionCounts.has(topic)) continue
      readers.set(topic, [...(readers.get(topic) ?? []), memberId])
    }
  }
  return readers
}

function loadOf({ assignment }: Place, memberId: string): number {
  return assignment.get(memberId)?.length ?? 0
}

function leastLoaded(place: Place, topic: string): string {
  let least = ''
  let load = Infinity
  for (const memberId of place.readers.get(topic) ?? []) {
    if (loadOf(place, memberId) >= load) continue
    least = memberId
    load = loadOf(place, memberId)
  }
  return least
}

/** Moves partitions until none has a reader with two fewer. Ends: each move makes the loads more even. */
function balance(place: Place): void {
  for (let hasMoved = true; hasMoved;) {
    hasMoved = false
    const byLoad = [...place.assignment.keys()].sort(
      (left, right) => loadOf(place, right) - loadOf(place, left),
    )
    for (const memberId of byLoad) {
      if (relieve(place, memberId)) hasMoved = true
    }
  }
}

function relieve(place: Place, memberId: string): boolean {
  const own = place.assignment.get(memberId) ?? []
  const before = own.length
  for (let index = own.length - 1; index >= 0; index -= 1) {
    const partition = own[index]
    if (partition === undefined) continue
    const other = leastLoaded(place, partition.topic)
    if (loadOf(place, other) + 1 >= own.length) continue
    own.splice(index, 1)
    place.assignment.get(other)?.push(partition)
  }
  return own.length < before
}

/** What another member still has comes in the next round, when that one has given it up (KIP-429). */
function withholdOwned(assignment: Assignment, claims: readonly Claim[]): void {
  const owners = lastOwners(claims)
  for (const [memberId, partitions] of assignment) {
    const granted = partitions.filter(partition => {
      const name = nameOf(partition)
      return !owners.has(name) || owners.get(name) === memberId
    })
    assignment.set(memberId, granted)
  }
}
