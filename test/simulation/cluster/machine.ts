/** A simulated machine on which one server is started again and again, as by an init system. */
import type { Host } from '../../../src/host/index.ts'
import type { SimClock, SimHost, Survival } from '../../../src/sim/index.ts'

/** The server: a broker, or the coordination service. */
export interface Program {
  start(): Promise<unknown>
  stop(): Promise<unknown>
}

export interface MachineOptions<P extends Program> {
  readonly host: SimHost
  /** `exit` is what the program calls when it has ended itself. */
  readonly load: (host: Host, exit: () => void) => P
}

export class Machine<P extends Program = Program> {
  readonly name: string
  readonly #options: MachineOptions<P>
  #clock: SimClock | undefined
  #program: P | undefined
  #hasStarted = false
  #isPaused = false
  /** How often a server was started here. */
  lives = 0
  /** How far the wall clock is off. */
  skewMs = 0

  constructor(options: MachineOptions<P>) {
    this.#options = options
    this.name = options.host.name
  }

  get disk(): SimHost['disk'] {
    return this.#options.host.disk
  }

  /** What runs here, perhaps not serving yet. */
  get program(): P | undefined {
    return this.#program
  }

  get isUp(): boolean {
    return this.#program !== undefined
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  get isServing(): boolean {
    return this.#hasStarted && !this.#isPaused
  }

  /** Starts the server, unless it runs. One that fails to start is gone again. */
  boot(): void {
    if (this.isUp) return
    this.lives += 1
    const life = this.lives
    const process = this.#options.host.boot()
    process.clock.jumpWall(this.skewMs)
    this.#clock = process.clock
    // Its last words are said by then.
    const exit = (): void => process.clock.soon(() => this.#exit(life))
    const program = this.#options.load(process, exit)
    this.#program = program
    program.start().then(
      () => {
        if (this.lives === life) this.#hasStarted = this.isUp
      },
      (error: unknown) => {
        process.log.warn('the start failed', { error })
        exit()
      },
    )
  }

  #exit(life: number): void {
    if (this.lives === life) this.kill()
  }

  /** In order, as after SIGTERM; resolves when it is gone. */
  async stop(): Promise<void> {
    const life = this.lives
    await this.#program?.stop()
    this.#exit(life)
  }

  kill(): void {
    if (!this.isUp) return
    this.#forget()
    this.#options.host.kill()
  }

  /** The power fails, and what was not synced may be lost; also where nothing runs any more. */
  cutPower(survival: Survival = 'random'): void {
    this.#forget()
    this.#options.host.crash(survival)
  }

  pause(): void {
    if (!this.isUp || this.#isPaused) return
    this.#isPaused = true
    this.#options.host.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#options.host.resume()
  }

  /** Somebody sets the clock of the machine. */
  jumpWall(byMs: number): void {
    this.skewMs += byMs
    this.#clock?.jumpWall(byMs)
  }

  #forget(): void {
    this.#program = undefined
    this.#clock = undefined
    this.#hasStarted = false
    this.#isPaused = false
  }
}
