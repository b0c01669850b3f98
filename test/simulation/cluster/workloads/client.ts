/** What clients of the simulated cluster have in common: a machine, and an end that they choose themselves. */
import type { Kafka } from '../../../../src/client/index.ts'
import { sleep, type Host } from '../../../../src/host/index.ts'
import type { SeededRandom, SimHost } from '../../../../src/sim/index.ts'
import { clientOptions } from '../settings.ts'
import type { ClusterWorld } from '../world.ts'

export abstract class Client {
  readonly name: string
  readonly machine: SimHost
  protected readonly world: ClusterWorld
  protected readonly random: SeededRandom
  protected readonly host: Host
  protected readonly kafka: Kafka
  #isStopping = false
  /** When something last went well; -1: never. */
  lastSuccessMs = -1

  constructor(world: ClusterWorld, name: string) {
    this.world = world
    this.name = name
    this.random = world.random.fork(name)
    const { machine, host, kafka } = world.client(name)
    this.machine = machine
    this.host = host
    this.kafka = kafka
  }

  /** Works until it is told to stop; resolves when all is decided. */
  abstract run(): Promise<void>

  /** Ends soon. */
  stop(): void {
    this.#isStopping = true
  }

  protected mustStop(): boolean {
    return this.#isStopping
  }

  protected succeeded(): void {
    this.lastSuccessMs = this.world.nowMs
  }

  protected rest(minMs: number, maxMs: number): Promise<void> {
    return sleep(this.host.clock, this.random.between(minMs, maxMs))
  }
}

/** For clients that are to lose patience soon. */
export const producerPatience = {
  ...{ lingerMs: 2, deliveryTimeoutMs: 6_000, maxBlockMs: 6_000 },
  requestTimeoutMs: clientOptions.requestTimeoutMs,
}

export const memberPatience = {
  ...{ sessionTimeoutMs: 3_000, heartbeatIntervalMs: 700, maxPollIntervalMs: 8_000 },
  ...{ defaultApiTimeoutMs: 5_000, fetchMaxWaitMs: 500 },
}
