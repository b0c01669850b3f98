/** What is done to the drill's cluster, one thing after another. Each ends with all machines running again. */
import { setTimeout as wait } from 'node:timers/promises'
import type { SeededRandom } from '../../../src/sim/index.ts'
import { start } from '../../peers/process.ts'
import { SESSION_MS, type Machines } from './machines.ts'

export const faultKinds = [
  'kill -9',
  'stopped for 20 s',
  'isolated',
  'all killed at once',
  'others stopped, then kill -9',
  'coordination killed',
  'disk full',
  'sync fails',
  'power cut',
] as const
export type FaultKind = (typeof faultKinds)[number]

export interface Fault {
  readonly kind: FaultKind
  /** What happened to it, or `undefined` when it was no single broker. */
  readonly broker: number | undefined
  /** When it struck: wall time in milliseconds. */
  readonly atMs: number
}

const STOPPED_MS = 20_000
/** Others have taken over by then. */
const REPLACED_MS = SESSION_MS + 4_000
const GRACE_MS = 20_000
const OFFLINE = /Stopping serving replicas in dir/
/** The system calls by which files are synced. */
const SYNCS = 'fsync,fdatasync'

export class Faults {
  readonly #machines: Machines
  readonly #random: SeededRandom
  /** What should not have happened besides. */
  readonly accidents: string[] = []

  constructor(machines: Machines, random: SeededRandom) {
    this.#machines = machines
    this.#random = random
  }

  /** @param broker whom it meets, if it meets one */
  async inflict(kind: FaultKind, broker: number): Promise<Fault> {
    const atMs = Date.now()
    switch (kind) {
      case 'kill -9':
        await this.#kill(broker)
        break
      case 'stopped for 20 s':
        await this.#stopFor(broker, STOPPED_MS)
        break
      case 'isolated':
        await this.#isolate(broker)
        break
      case 'all killed at once':
        await this.#killAll()
        return { kind, broker: undefined, atMs }
      case 'others stopped, then kill -9':
        await this.#killTheQuickest(broker)
        break
      case 'coordination killed':
        await this.#killZooKeeper()
        return { kind, broker: undefined, atMs }
      case 'disk full':
        await this.#fillDisk(broker)
        break
      case 'sync fails':
        await this.#failSyncs(broker)
        break
      case 'power cut':
        await this.#cutPower(broker)
        break
    }
    return { kind, broker, atMs }
  }

  async #kill(broker: number): Promise<void> {
    await this.#machines.kill(broker)
    await wait(REPLACED_MS + this.#random.below(2_000))
    await this.#machines.start(broker)
  }

  async #stopFor(broker: number, timeMs: number): Promise<void> {
    this.#machines.broker(broker).signal('SIGSTOP')
    await wait(timeMs)
    this.#machines.broker(broker).signal('SIGCONT')
  }

  async #isolate(broker: number): Promise<void> {
    await this.#machines.network.isolate(broker)
    await wait(REPLACED_MS + this.#random.below(5_000))
    await this.#machines.network.heal(broker)
  }

  /** Sometimes they are back before their sessions end. */
  async #killAll(): Promise<void> {
    const { ids } = this.#machines
    await Promise.all(ids.map(id => this.#machines.kill(id)))
    await wait(this.#random.below(SESSION_MS + 2_000))
    await Promise.all(ids.map(id => this.#machines.start(id)))
  }

  /** What one broker has alone must not have been acknowledged: it dies before the others may fetch it. */
  async #killTheQuickest(broker: number): Promise<void> {
    const others = this.#machines.ids.filter(id => id !== broker)
    for (const id of others) this.#machines.broker(id).signal('SIGSTOP')
    await wait(1_000 + this.#random.below(2_000))
    await this.#machines.kill(broker)
    for (const id of others) this.#machines.broker(id).signal('SIGCONT')
    await wait(REPLACED_MS)
    await this.#machines.start(broker)
  }

  /** Every second time for longer than sessions last. */
  async #killZooKeeper(): Promise<void> {
    await this.#machines.killZooKeeper()
    await wait(this.#random.chance(0.5) ? 2_000 : SESSION_MS + 2_000)
    await this.#machines.startZooKeeper()
  }

  async #fillDisk(broker: number): Promise<void> {
    const disks = this.#machines.disksOf(broker)
    await disks.fill()
    await this.#awaitOffline(broker)
    await disks.makeRoom()
    await this.#restart(broker)
  }

  /** Each system call of the process that syncs a file fails with EIO, until a log directory is given up. */
  async #failSyncs(broker: number): Promise<void> {
    const { pid } = this.#machines.broker(broker)
    const what = ['-e', `trace=${SYNCS}`, '-e', `inject=${SYNCS}:error=EIO`]
    const tracer = start('strace', ['-f', '-p', String(pid), '-o', '/dev/null', ...what])
    try {
      await this.#awaitOffline(broker)
    } finally {
      await tracer.stop('SIGINT')
    }
    await this.#restart(broker)
  }

  async #cutPower(broker: number): Promise<void> {
    const disks = this.#machines.disksOf(broker)
    await disks.cutPower()
    await this.#machines.kill(broker)
    // Sometimes it is back before anybody else may lead.
    await wait(this.#random.chance(0.5) ? 0 : REPLACED_MS)
    await disks.powerOn()
    await this.#machines.start(broker)
  }

  /** Until the broker has given up a log directory; some time passes in which it goes on with the other. */
  async #awaitOffline(broker: number): Promise<void> {
    const before = this.#machines.broker(broker)
    try {
      await before.untilOutput(OFFLINE, GRACE_MS)
    } catch {
      this.accidents.push(`broker ${broker} did not give up a log directory`)
    }
    await wait(4_000)
  }

  async #restart(broker: number): Promise<void> {
    const old = this.#machines.broker(broker)
    if (!old.hasEnded) old.signal('SIGTERM')
    const outcome = await Promise.race([old.ended, wait(GRACE_MS, undefined, { ref: false })])
    if (outcome === undefined) {
      this.accidents.push(`broker ${broker} did not end within ${GRACE_MS} ms of SIGTERM`)
      await old.stop('SIGKILL')
    }
    await this.#machines.start(broker)
  }
}
