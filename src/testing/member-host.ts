/**
 * One life of a member of a test cluster: the world as a process has it, which can be paused, as by
 * SIGSTOP, and ended, as by SIGKILL. All that its program runs on comes through here: time, what
 * arrives from the network, and what the disk and threads have done.
 */
import { sameThread, type Host, type Task, type TaskControl, type Threads } from '../host/index.ts'
import { Lifetime } from '../sim/index.ts'
import { MemberNetwork, type ClusterNetwork, type Member } from './cluster-network.ts'
import { MemberClock } from './member-clock.ts'
import { MemberFiles, type Settle } from './member-files.ts'

export interface MemberHostOptions {
  readonly member: Member
  readonly world: Host
  readonly network: ClusterNetwork
  /** Clients reach it by real sockets. */
  readonly isReachable: boolean
  /** Files are in memory, which threads do not see: what they would do is done in turns. */
  readonly isInMemory: boolean
}

export class MemberHost {
  readonly host: Host
  readonly #world: Host
  readonly #lifetime = new Lifetime()
  readonly #ended = new AbortController()
  readonly #clock: MemberClock
  readonly #files: MemberFiles
  readonly #network: MemberNetwork

  constructor({ member, world, network, isReachable, isInMemory }: MemberHostOptions) {
    const lifetime = this.#lifetime
    const settle: Settle = promise => this.#settle(promise)
    this.#world = world
    this.#clock = new MemberClock(world.clock, lifetime)
    this.#files = new MemberFiles(world.files, settle)
    this.#network = new MemberNetwork({
      ...{ member, lifetime, settle, cluster: network, clock: this.#clock },
      outside: isReachable ? world.network : undefined,
    })
    this.host = {
      ...world,
      clock: this.#clock,
      files: this.#files,
      network: this.#network,
      threads: isInMemory
        ? sameThread({ files: this.#files, clock: this.#clock })
        : this.#threads(world.threads),
    }
  }

  get isAlive(): boolean {
    return this.#lifetime.isAlive
  }

  get isPaused(): boolean {
    return this.#lifetime.isPaused
  }

  pause(): void {
    this.#lifetime.pause()
  }

  resume(): void {
    this.#lifetime.resume()
  }

  /** Ends it without a word: nothing of its program runs any more once this has resolved. */
  async kill(): Promise<void> {
    if (!this.isAlive) return
    this.#lifetime.end()
    this.#ended.abort()
    this.#clock.end()
    await this.#network.end()
    // What a turn had begun it ends: a system call cannot be killed half-way either.
    await new Promise<void>(resolve => this.#world.clock.soon(resolve))
    this.#files.end()
  }

  #threads(threads: Threads): Threads {
    return {
      run: <Order, News, Result>(
        task: Task<Order, News, Result>,
        order: Order,
        { onNews, signal }: TaskControl<News>,
      ) =>
        this.#settle(
          threads.run(task, order, {
            onNews: news => this.#lifetime.run(() => onNews(news)),
            signal: AbortSignal.any([signal, this.#ended.signal]),
          }),
        ),
    }
  }

  /** What completes in a pause is told afterwards, and what completes after the end to nobody. */
  async #settle<T>(promise: Promise<T>): Promise<T> {
    await Promise.allSettled([promise])
    await new Promise<void>(resolve => this.#lifetime.run(resolve))
    return promise
  }
}
