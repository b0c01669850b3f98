/** The clients of the drill: each a process that is started again when it ends, and can be killed, frozen or left dead. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { SeededRandom } from '../../../src/sim/index.ts'
import { projectRoot } from '../../peers/cache.ts'
import { start, type RunningProcess } from '../../peers/process.ts'
import type { ClientOptions } from './client.ts'
import { isAmidTransaction, linesOf, type Life } from './history.ts'

/** Its producer is of no use any more; see client.ts. */
const USELESS = 3
const FREEZE_TRIES = 400
/** Longer than a few lines of a journal. */
const TAIL_CHARS = 4_000
/** Calls of librdkafka wait for brokers for a minute. */
const PATIENCE_MS = 90_000

export interface PoolOptions {
  /** Where clients write down what they do. */
  readonly folder: string
  /** What all clients have in common. */
  readonly shared: Omit<ClientOptions, 'client' | 'life' | 'journal' | 'seed'>
  readonly random: SeededRandom
  /** The command of each client: ours unless it is given. */
  readonly clients: readonly (readonly string[])[]
}

interface Slot {
  readonly client: number
  life: number
  process: RunningProcess
  /** Left alone by everything but what is under way with it. */
  isTaken: boolean
}

export class ClientPool {
  readonly #options: PoolOptions
  readonly #slots: Slot[]
  /** By client and life: the paths of what they have written down. */
  readonly #journals: { client: number; path: string }[] = []
  #isStopping = false
  /** How clients ended by themselves although they should not have. */
  readonly accidents: string[] = []
  /** Clients that ended because somebody had fenced them, or brokers were away for too long. */
  useless = 0
  finished = 0

  constructor(options: PoolOptions) {
    this.#options = options
    this.#slots = options.clients.map((_, client) => {
      const slot = { client, life: -1, isTaken: false }
      return Object.assign(slot, { process: this.#begin(slot) })
    })
    for (const slot of this.#slots) this.#watch(slot)
  }

  #begin(slot: Pick<Slot, 'client' | 'life'>): RunningProcess {
    slot.life += 1
    const { random, clients, shared } = this.#options
    const path = this.#journalOf(slot)
    this.#journals.push({ client: slot.client, path })
    const [command = '', ...args] = clients[slot.client] ?? []
    const options: ClientOptions = {
      ...shared,
      client: slot.client,
      life: slot.life,
      journal: path,
      seed: random.below(2 ** 31),
    }
    return start(command, [...args, JSON.stringify(options)])
  }

  #journalOf({ client, life }: Pick<Slot, 'client' | 'life'>): string {
    return join(this.#options.folder, `${client}.${life}.jsonl`)
  }

  /** Starts the client again when it ends by itself. */
  #watch(slot: Slot): void {
    const { process } = slot
    void process.ended.then(({ exitCode, stderr }) => {
      if (this.#isStopping || slot.process !== process || slot.isTaken) return
      if (exitCode === 0) {
        this.finished += 1
        return
      }
      if (exitCode === USELESS) this.useless += 1
      else if (exitCode !== null) this.accidents.push(`client ${slot.client}: exit ${exitCode}\n${stderr}`) // prettier-ignore
      this.#renew(slot)
    })
  }

  #renew(slot: Slot): void {
    slot.process = this.#begin(slot)
    slot.isTaken = false
    this.#watch(slot)
  }

  #take(): Slot | undefined {
    const free = this.#slots.filter(({ isTaken, process }) => !isTaken && !process.hasEnded)
    if (free.length === 0) return undefined
    const slot = this.#options.random.pick(free)
    slot.isTaken = true
    return slot
  }

  /** @returns whether the client waited for an answer; `undefined` where there was none to be killed */
  async kill(): Promise<{ hadOpenCall: boolean } | undefined> {
    const slot = this.#take()
    if (slot === undefined) return undefined
    await slot.process.stop('SIGKILL')
    const last = linesOf(lastOf(this.#read(slot))).at(-1)
    this.#renew(slot)
    return { hadOpenCall: last?.event === 'call' }
  }

  /** Kills a client that has records in an open transaction; `revive` starts it again. */
  async abandon(): Promise<{ revive: () => void } | undefined> {
    const slot = await this.#freezeAmidTransaction()
    if (slot === undefined) return undefined
    await slot.process.stop('SIGKILL')
    return { revive: () => this.#renew(slot) }
  }

  /**
   * Freezes a client amid its transaction, lets another take its place and commit, and wakes the first:
   * it must find itself fenced.
   */
  async makeZombie(): Promise<boolean> {
    const slot = await this.#freezeAmidTransaction()
    if (slot === undefined) return false
    const zombie = slot.process
    const journal = this.#journalOf(slot)
    slot.process = this.#begin(slot)
    const heir = slot.process
    if (!(await this.#commits(slot))) {
      await zombie.stop('SIGKILL')
      slot.isTaken = false
      this.accidents.push(`client ${slot.client} never committed in a zombie's place`)
      return false
    }
    zombie.signal('SIGCONT')
    const deadline = wait(PATIENCE_MS, undefined, { ref: false })
    const outcome = await Promise.race([zombie.ended, deadline])
    if (outcome === undefined) zombie.signal('SIGKILL')
    if (outcome?.exitCode !== USELESS && !this.#isStopping) {
      const ended = outcome === undefined ? 'goes on' : `ended with ${outcome.exitCode}`
      const last = lastOf(textOf(journal)).split('\n').slice(-6).join('\n')
      this.accidents.push(
        `the zombie of client ${slot.client} ${ended}: it was not fenced\n${last}`,
      )
    }
    slot.isTaken = false
    // It may have ended while nobody watched.
    if (heir === slot.process) this.#watch(slot)
    return true
  }

  async #commits(slot: Slot): Promise<boolean> {
    const deadlineMs = Date.now() + PATIENCE_MS
    while (!/"done", ?"call": ?"commit"/.test(this.#read(slot))) {
      if (this.#isStopping || Date.now() > deadlineMs) return false
      if (slot.process.hasEnded) slot.process = this.#begin(slot)
      await wait(20)
    }
    return true
  }

  #read(slot: Slot): string {
    try {
      return readFileSync(this.#journalOf(slot), 'utf8')
    } catch {
      return '' // it has not begun yet
    }
  }

  async #freezeAmidTransaction(): Promise<Slot | undefined> {
    const slot = this.#take()
    if (slot === undefined) return undefined
    for (let tries = 0; tries < FREEZE_TRIES && !slot.process.hasEnded; tries += 1) {
      slot.process.signal('SIGSTOP')
      await wait(3)
      if (isAmidTransaction(linesOf(lastOf(this.#read(slot))))) return slot
      slot.process.signal('SIGCONT')
      await wait(1 + this.#options.random.below(15))
    }
    if (slot.process.hasEnded) this.#renew(slot)
    slot.isTaken = false
    return undefined
  }

  /** Kills all of them, amid whatever they do. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await Promise.all(this.#slots.map(({ process }) => process.stop('SIGKILL')))
  }

  /** What every client has written down in each of its lives. */
  lives(): Life[] {
    return this.#journals.map(({ client, path }) => ({ client, lines: linesOf(textOf(path)) }))
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // killed before its first line
  }
}

/** The last lines of a file, whole. */
function lastOf(text: string): string {
  const end = text.slice(-TAIL_CHARS)
  return end.length < TAIL_CHARS ? end : end.slice(end.indexOf('\n') + 1)
}

/** The command of a client, and of a reader, by our library. */
export function programOfOurs(name: string): readonly string[] {
  return [process.execPath, join(import.meta.dirname, `${name}.js`)]
}

/** The path of a source beside this file that is not compiled. */
export function sourcePath(name: string): string {
  return join(projectRoot, 'test', 'drill', 'transactions', name)
}
