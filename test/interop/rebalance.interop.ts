/**
 * Our consumers in one group with members of other makes, cooperative and sticky: each of them leads the group
 * once. What a member keeps it keeps through every rebalance if the leader can read what it had; no record is lost.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, unwrap, type Producer } from '../../src/client/index.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { startSubject, type Subject } from '../peers/subject.ts'
import {
  javaMember,
  OurMember,
  pythonMember,
  type Group,
  type GroupMember,
  type PeerFamily,
  type PeerMember,
} from './group-members.ts'

const PARTITIONS = 6
const assignors = 'org.apache.kafka.clients.consumer'
const sticky = `${assignors}.StickyAssignor`
const cooperative = `${assignors}.CooperativeStickyAssignor`

const pairs: readonly { strategy: string; family: PeerFamily }[] = [
  { strategy: cooperative, family: javaMember },
  { strategy: sticky, family: javaMember },
  { strategy: sticky, family: pythonMember },
]

let subject: Subject
before(async () => {
  subject = await startSubject()
})
after(() => subject.dispose())

for (const { strategy, family } of pairs) {
  const name = strategy === sticky ? 'sticky' : 'cooperative-sticky'
  for (const leader of ['ours', family.name]) {
    test(`a ${name} group of ours and ${family.name}, led by ${leader}`, async t => {
      const startPeer = await peerOrSkip(t, family.install)
      if (startPeer === undefined) return
      const topic = `${name}-${family.name}-${leader}`.replace(/[^\w.-]+/g, '-')
      const { bootstrap, folder } = subject
      const group = { bootstrap, folder, topic, groupId: topic, strategy }
      const isOursFirst = leader === 'ours'
      const isSticky = isOursFirst || family.knowsOthers
      await new Scene({ group, startPeer, isOursFirst, isSticky }).play(t)
    })
  }
}

interface SceneOptions {
  readonly group: Group
  readonly startPeer: (group: Group) => PeerMember
  readonly isOursFirst: boolean
  /** Whether the leader knows what everybody has had. */
  readonly isSticky: boolean
}

class Scene {
  readonly #options: SceneOptions
  readonly #group: Group
  readonly #kafka: Kafka
  #sent = 0
  #isWriting = true

  constructor(options: SceneOptions) {
    this.#options = options
    this.#group = options.group
    this.#kafka = new Kafka({ bootstrapServers: options.group.bootstrap })
  }

  async play(t: { after: (action: () => unknown) => void }): Promise<void> {
    await using admin = this.#kafka.admin()
    const topic = { name: this.#group.topic, numPartitions: PARTITIONS, replicationFactor: 1 }
    for (const outcome of (await admin.createTopics([topic])).values()) unwrap(outcome)
    await using producer = this.#kafka.producer()
    const writing = this.#write(producer)
    t.after(() => (this.#isWriting = false))

    const { isOursFirst, startPeer } = this.#options
    const ours = (): OurMember => new OurMember(this.#kafka, this.#group)
    const first = isOursFirst ? ours() : startPeer(this.#group)
    t.after(() => first.stop())
    await settles([first])
    const second = isOursFirst ? startPeer(this.#group) : ours()
    t.after(() => second.stop())
    await this.#keeping([first], () => settles([first, second]))
    const third = ours()
    t.after(() => third.stop())
    await this.#keeping([first, second], () => settles([first, second, third]))
    this.#checkRevocations(isOursFirst ? first : second, isOursFirst ? [3, 1] : [1])

    const [peer, other] = isOursFirst ? [second, first] : [first, second]
    await this.#keeping([other, third], async () => {
      await peer.stop()
      await settles([other, third])
    })
    this.#isWriting = false
    await writing
    await this.#checkReads(peer, [other, third])
  }

  /** To each partition by turns, without end. */
  async #write(producer: Producer): Promise<void> {
    while (this.#isWriting) {
      const partition = this.#sent % PARTITIONS
      await producer.send({ topic: this.#group.topic, partition, value: `${this.#sent}` })
      this.#sent += 1
      await sleep(5)
    }
  }

  /** After `change` a member has the more of what it had the fewer it has: nothing was swapped. */
  async #keeping(members: readonly GroupMember[], change: () => Promise<void>): Promise<void> {
    const before = members.map(({ owned }) => new Set(owned))
    await change()
    if (!this.#options.isSticky) return
    for (const [index, { owned }] of members.entries()) {
      const had = before[index] ?? new Set()
      const kept = [...owned].filter(partition => had.has(partition))
      assert.equal(kept.length, Math.min(had.size, owned.size), 'what it kept it had before')
    }
  }

  /** A cooperative member gives up only what goes to another. */
  #checkRevocations(member: GroupMember, expected: readonly number[]): void {
    if (this.#group.strategy !== cooperative || !(member instanceof OurMember)) return
    assert.deepEqual(member.revocations, expected)
  }

  async #checkReads(peer: GroupMember, ours: readonly GroupMember[]): Promise<void> {
    const written = Array.from(
      { length: this.#sent },
      (_, n) => `${n % PARTITIONS}@${Math.floor(n / PARTITIONS)}`,
    )
    const seen = (): Set<string> => new Set([peer, ...ours].flatMap(({ read }) => read))
    await until('every record is read', () => written.every(place => seen().has(place)))
    const byOurs = ours.flatMap(({ read }) => read)
    assert.equal(new Set(byOurs).size, byOurs.length, 'ours read nothing twice')
  }
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + 60_000
  while (!isSo()) {
    assert(Date.now() < deadlineMs, `not within a minute: ${what}`)
    await sleep(50)
  }
}

/** Every partition has one owner, and all have as many; a while later still. */
async function settles(members: readonly GroupMember[]): Promise<void> {
  const share = PARTITIONS / members.length
  const isSettled = (): boolean => {
    const owned = members.flatMap(member => [...member.owned])
    return (
      new Set(owned).size === PARTITIONS && members.every(({ owned: { size } }) => size === share)
    )
  }
  await until(`${members.length} members have ${share} each`, isSettled)
  await sleep(500)
  await until('it stays so', isSettled)
}
