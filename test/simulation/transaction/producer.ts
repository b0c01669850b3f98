/** A client with a transactional id: it begins, writes, ends, gets stuck, and is replaced by another of its kind. */
import { sleep } from '../../../src/host/index.ts'
import { ErrorCode } from '../../../src/protocol/index.ts'
import type { TransactionCoordinator } from '../../../src/runtime/index.ts'
import type { Data } from './partition.ts'
import { PARTITIONS, TOPIC, type TransactionWorld } from './world.ts'

const TIMEOUT_MS = 5_000
const PAUSE_MS = 50

interface Identity {
  readonly producerId: number
  readonly producerEpoch: number
}

/** What clients know of what they did. */
export interface Account {
  /** Transactions whose end was acknowledged. */
  readonly ended: Map<string, 'committed' | 'aborted'>
  /** Partitions with acknowledged data, by transaction. */
  readonly written: Map<string, Set<number>>
  /** Identities in the order in which they were given, by transactional id. */
  readonly given: Map<string, string[]>
}

function noteWritten({ written }: Account, transaction: string, partition: number): void {
  written.set(transaction, (written.get(transaction) ?? new Set()).add(partition))
}

/** These are worth another try; anything else ends this producer's life. */
const retriable: ReadonlySet<ErrorCode> = new Set([
  ErrorCode.CONCURRENT_TRANSACTIONS,
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.NOT_COORDINATOR,
])

export class TransactionalProducer {
  readonly #world: TransactionWorld
  readonly #account: Account
  readonly #transactionalId: string
  readonly #name: string
  #count = 0

  constructor(world: TransactionWorld, account: Account, transactionalId: string, name: string) {
    this.#world = world
    this.#account = account
    this.#transactionalId = transactionalId
    this.#name = name
  }

  /** Transactions one after the other, until it is fenced, or hangs, or there is no more time. */
  async run(untilMs: number): Promise<void> {
    const { random, clock } = this.#world
    const identity = await this.#begin(untilMs)
    while (identity !== undefined && clock.monotonicMs() < untilMs) {
      if (!(await this.#transact(identity, untilMs))) return
      if (random.chance(0.1)) return
    }
  }

  /** @returns whether a transaction came to its end without trouble */
  async commitOnce(untilMs: number): Promise<boolean> {
    const identity = await this.#begin(untilMs)
    if (identity === undefined) return false
    const about = { transactionalId: this.#transactionalId, ...identity }
    const partitions = [{ topic: TOPIC, partition: 0 }]
    await this.#retry('add', untilMs, all => all.addPartitions({ ...about, partitions }))
    this.#append(0, { ...about, transaction: this.#name })
    const ended = await this.#retry('end', untilMs, all =>
      all.endTransaction({ ...about, committed: true }),
    )
    if (ended?.errorCode !== ErrorCode.NONE) return false
    this.#account.ended.set(this.#name, 'committed')
    return true
  }

  async #begin(untilMs: number): Promise<Identity | undefined> {
    const transactionalId = this.#transactionalId
    const reply = await this.#retry('init', untilMs, coordinator =>
      coordinator.initProducerId({ transactionalId, timeoutMs: TIMEOUT_MS, expected: undefined }),
    )
    if (reply?.errorCode !== ErrorCode.NONE) return undefined
    const { producerId, producerEpoch } = reply
    const given = this.#account.given.get(transactionalId) ?? []
    this.#account.given.set(transactionalId, [...given, `${producerId}/${producerEpoch}`])
    return { producerId, producerEpoch }
  }

  /** @returns whether another may follow */
  async #transact(identity: Identity, untilMs: number): Promise<boolean> {
    const { random, clock } = this.#world
    this.#count += 1
    const transaction = `${this.#name}-${this.#count}`
    const about = { transactionalId: this.#transactionalId, ...identity }
    const data = { ...about, transaction }
    // In two steps: a transaction that was aborted in between must not go on as another.
    for (let step = random.between(1, 2); step > 0; step -= 1) {
      const wanted = Array.from({ length: random.between(1, 3) }, () => random.below(PARTITIONS))
      const partitions = wanted.map(partition => ({ topic: TOPIC, partition }))
      const added = await this.#retry('add', untilMs, coordinator =>
        coordinator.addPartitions({ ...about, partitions }),
      )
      if (added?.errorCode !== ErrorCode.NONE) return false
      for (const partition of wanted) await this.#write(partition, data)
      if (random.chance(0.1)) await sleep(clock, TIMEOUT_MS * 2)
    }
    if (random.chance(0.1)) return false
    const isStray = random.chance(0.1)
    if (isStray) this.#stray(random.below(PARTITIONS), data)
    const committed = !isStray && random.chance(0.7)
    const ended = await this.#retry('end', untilMs, coordinator =>
      coordinator.endTransaction({ ...about, committed }),
    )
    if (ended?.errorCode !== ErrorCode.NONE) return false
    this.#account.ended.set(transaction, committed ? 'committed' : 'aborted')
    return !isStray
  }

  /** A batch that the network holds back, perhaps beyond the end of its transaction: its producer gave it up. */
  #stray(partition: number, data: Data & { readonly transactionalId: string }): void {
    const { clock, random } = this.#world
    clock.after(random.between(0, random.chance(0.5) ? 100 : 3_000), () => {
      this.#append(partition, data)
    })
  }

  async #write(
    partition: number,
    data: Data & { readonly transactionalId: string },
  ): Promise<void> {
    const { random, clock } = this.#world
    await sleep(clock, random.between(0, random.chance(0.05) ? TIMEOUT_MS * 2 : 20))
    this.#append(partition, data)
  }

  #append(partition: number, data: Data & { readonly transactionalId: string }): void {
    if (this.#world.append(partition, data) !== ErrorCode.NONE) return
    noteWritten(this.#account, data.transaction, partition)
  }

  async #retry<Reply extends { readonly errorCode: ErrorCode }>(
    what: string,
    untilMs: number,
    ask: (coordinator: TransactionCoordinator) => Promise<Reply>,
  ): Promise<Reply | undefined> {
    const { clock } = this.#world
    for (;;) {
      const reply = await this.#world.call(this.#name, what, ask)
      if (reply !== undefined && !retriable.has(reply.errorCode)) return reply
      if (clock.monotonicMs() > untilMs) return undefined
      await sleep(clock, PAUSE_MS)
    }
  }
}
