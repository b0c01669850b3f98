/** A world of hosts made from one seed: the same seed gives the same history. */
import assert from 'node:assert/strict'
import { sameThread, type Host } from '../host/index.ts'
import { SimClock } from './clock.ts'
import type { EntryOrder, Survival } from './crash-journal.ts'
import { SimDisk } from './disk.ts'
import { SimNetwork, type SimNetworkOptions } from './network.ts'
import { ProcessEnd, type EndOptions } from './process-end.ts'
import { SeededRandom } from './random.ts'
import { Lifetime, Scheduler } from './scheduler.ts'
import { traceLog } from './trace-log.ts'
import { Trace } from './trace.ts'

export interface SimulationOptions {
  readonly network?: SimNetworkOptions
  readonly entryOrder?: EntryOrder
}

export class Simulation {
  readonly scheduler = new Scheduler()
  readonly trace = new Trace()
  /** For the test itself: what to do next. */
  readonly random: SeededRandom
  readonly network: SimNetwork
  readonly #options: SimulationOptions
  readonly #hosts = new Map<string, SimHost>()

  constructor(seed: number, options: SimulationOptions = {}) {
    this.#options = options
    this.random = new SeededRandom(seed)
    this.network = new SimNetwork(
      { scheduler: this.scheduler, random: this.random.fork('network'), trace: this.trace },
      options.network,
    )
  }

  /** A host with an empty disk; nothing runs on it yet. */
  addHost(name: string): SimHost {
    assert(!this.#hosts.has(name), `host ${name} exists`)
    const host = new SimHost(name, this, this.random.fork(name), this.#options.entryOrder)
    this.#hosts.set(name, host)
    return host
  }
}

/** A machine. It runs one process at a time, and its disk stays when that ends. */
export class SimHost {
  readonly name: string
  readonly disk: SimDisk
  readonly #simulation: Simulation
  readonly #random: SeededRandom
  #lifetime: Lifetime | undefined
  #end: ProcessEnd | undefined

  constructor(
    name: string,
    simulation: Simulation,
    random: SeededRandom,
    entryOrder: EntryOrder = 'independent',
  ) {
    this.name = name
    this.#simulation = simulation
    this.#random = random
    const clock = new SimClock(simulation.scheduler)
    this.disk = new SimDisk({ clock, random: random.fork('disk'), entryOrder })
  }

  get isUp(): boolean {
    return this.#lifetime !== undefined && this.#end?.isOver !== true
  }

  /** Starts a process: what it may use of the world. Everything it waits for ends with it. */
  boot(): Host & { readonly clock: SimClock } {
    assert(this.#lifetime === undefined, `${this.name} is up`)
    const { scheduler, network, trace } = this.#simulation
    const lifetime = new Lifetime()
    this.#lifetime = lifetime
    const clock = new SimClock(scheduler, lifetime)
    trace.note(scheduler.nowMs, this.name, 'boots')
    this.#end = new ProcessEnd(this.#random)
    const files = this.disk.mount(clock, this.#end)
    return {
      clock,
      random: this.#random.fork(`process ${this.#random.below(2 ** 31)}`),
      files,
      network: network.attach(this.name, clock, lifetime),
      log: traceLog(trace, () => scheduler.nowMs, this.name),
      threads: sameThread({ files, clock, turnMs: 0 }),
    }
  }

  /** kill -9: the process is gone, its files and the page cache are not. */
  kill(): void {
    this.#stop('is killed')
    this.#simulation.network.processDied(this.name)
    this.disk.processDied()
  }

  /** Power fails: connections fall silent, and the disk keeps what `survival` says of the unsynced. */
  crash(survival: Survival = 'random'): void {
    this.#stop('loses power')
    this.#simulation.network.hostDied(this.name)
    this.disk.crash(survival)
  }

  /**
   * Ends the process by `kill` or `crash` before an operation on its disk, or within a write. What it does
   * until its next event leaves no trace any more.
   */
  endAt(options: EndOptions, how: 'kill' | 'crash'): void {
    const lifetime = this.#lifetime
    assert(lifetime !== undefined, `${this.name} is not up`)
    this.#end?.arm(options, () => {
      lifetime.pause()
      this.#simulation.scheduler.after(0, () => {
        if (this.#lifetime === lifetime) this[how]()
      })
    })
  }

  /** SIGSTOP: nothing runs, the kernel goes on. */
  pause(): void {
    this.#note('is paused')
    this.#lifetime?.pause()
  }

  resume(): void {
    this.#note('resumes')
    this.#lifetime?.resume()
  }

  #stop(what: string): void {
    this.#note(what)
    this.#lifetime?.end()
    this.#lifetime = undefined
  }

  #note(what: string): void {
    this.#simulation.trace.note(this.#simulation.scheduler.nowMs, this.name, what)
  }
}
