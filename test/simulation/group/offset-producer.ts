/**
 * A producer that commits offsets of the group in transactions, one after the other, each ended by a
 * marker that is sent until it is there, as a transaction coordinator does.
 */
import { strict as assert } from 'node:assert'
import { sleep } from '../../../src/host/index.ts'
import { ErrorCode } from '../../../src/protocol/index.ts'
import { ControlRecordType } from '../../../src/records/index.ts'
import type { SeededRandom } from '../../../src/sim/index.ts'
import { PARTITIONS } from './consumer.ts'
import type { GroupWorld } from './world.ts'

const REQUEST_TIMEOUT_MS = 6_000

export class OffsetProducer {
  readonly #producerId: number
  readonly #world: GroupWorld
  readonly #random: SeededRandom

  constructor(producerId: number, world: GroupWorld) {
    this.#producerId = producerId
    this.#world = world
    this.#random = world.random.fork(`producer ${producerId}`)
  }

  /** Ends with a transaction that is decided. */
  async run(untilMs: number): Promise<void> {
    const { clock } = this.#world
    while (clock.monotonicMs() < untilMs) {
      await sleep(clock, this.#random.between(0, this.#random.chance(0.3) ? 20_000 : 500))
      let isWhole = true
      for (let n = this.#random.between(1, 3); n > 0; n -= 1) isWhole = (await this.#commit()) && isWhole // prettier-ignore
      await sleep(clock, this.#random.between(0, this.#random.chance(0.2) ? 10_000 : 100))
      await this.#end(isWhole && this.#random.chance(0.6))
    }
  }

  /** @returns whether it is certain that the offsets are there */
  async #commit(): Promise<boolean> {
    const count = this.#random.between(1, 3)
    const partitions = new Set(Array.from({ length: count }, () => this.#random.pick(PARTITIONS)))
    const offsets = Array.from(partitions, partition => ({
      topic: 't',
      partition,
      offset: this.#world.nextOffset(),
      leaderEpoch: -1,
      metadata: null,
      commitTimestamp: -1n,
    }))
    const reply = await this.#world.call(this.#name, REQUEST_TIMEOUT_MS, ({ commitOffsets }) =>
      commitOffsets({
        ...{ groupId: 'g', memberId: '', groupInstanceId: null, generationId: -1, offsets },
        retentionMs: -1n,
        knowsGroupIdNotFound: false,
        producer: { producerId: this.#producerId, producerEpoch: 0 },
      }),
    )
    return reply?.partitions[0]?.errorCode === ErrorCode.NONE
  }

  async #end(isCommitted: boolean): Promise<void> {
    const { clock } = this.#world
    const type = isCommitted ? ControlRecordType.COMMIT : ControlRecordType.ABORT
    const marker = { type, producerId: this.#producerId, producerEpoch: 0, coordinatorEpoch: 0 }
    for (let tries = 0; ; tries += 1) {
      assert.ok(tries < 1_000, `${this.#name} cannot end its transaction`)
      const errorCode = await this.#world.call(
        this.#name,
        REQUEST_TIMEOUT_MS,
        ({ endTransaction }) => endTransaction({ ...marker, timestampMs: clock.wallMs() }),
      )
      if (errorCode === ErrorCode.NONE) return
      await sleep(clock, 100)
    }
  }

  get #name(): string {
    return `producer ${this.#producerId}`
  }
}
