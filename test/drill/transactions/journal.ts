/** The file in which a client of the drill writes down what it does: each line is with the kernel before the call goes on. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { KafkaError } from '../../../src/client/index.ts'
import type { Call, Intent } from './history.ts'

export class Journal implements Disposable {
  readonly #file: number

  constructor(path: string) {
    this.#file = openSync(path, 'a')
  }

  /** What is going to be done, before any of it is. */
  intend(intent: Intent): void {
    this.#write({ event: 'intent', intent })
  }

  /** Writes down that a call began and how it ended. @throws what the call throws */
  async note<T>(call: Call, action: () => Promise<T>): Promise<T> {
    this.#write({ event: 'call', call })
    try {
      const result = await action()
      this.#write({ event: 'done', call })
      return result
    } catch (error) {
      const code = error instanceof KafkaError ? error.code : String(error)
      this.#write({ event: 'failed', call, code })
      throw error
    }
  }

  #write(line: object): void {
    const atMs = performance.timeOrigin + performance.now()
    writeSync(this.#file, `${JSON.stringify({ atMs, ...line })}\n`)
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }
}
