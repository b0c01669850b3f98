/** A program of a lab that is killed again and again, and its broker. */
import assert from 'node:assert/strict'
import { subjectKind } from '../peers/subject.ts'
import type { LabMachine, Terminal } from './lab-machine.ts'
import { untilGroup } from './lab-steps.ts'

export class KilledProgram {
  readonly #machine: LabMachine
  readonly #command: string
  readonly #progress: RegExp
  readonly #runs: Terminal[] = []

  /** `progress` matches a line that says that some of the work is done, `m` and `g` set. */
  constructor(machine: LabMachine, command: string, progress: RegExp) {
    this.#machine = machine
    this.#command = command
    this.#progress = progress
  }

  /** How many lines of progress all its runs have shown. */
  get progress(): number {
    return this.#runs.reduce((sum, run) => sum + this.#linesOf(run), 0)
  }

  /** Starts it and waits until it has shown so many lines of progress. */
  async start(lines: number): Promise<Terminal> {
    const run = this.#machine.open(this.#command)
    this.#runs.push(run)
    await run.until(`${lines} lines of progress`, () => this.#linesOf(run) >= lines)
    return run
  }

  /** Starts it once for each number, and kills it when it has shown so many lines of progress. */
  async killAfter(lines: readonly number[]): Promise<void> {
    for (const count of lines) await this.#machine.kill(await this.start(count))
  }

  /** Lets it run until the group has read so many partitions to their end. */
  async finish(group: string, partitions: number): Promise<void> {
    const run = await this.start(0)
    await untilGroup(
      this.#machine,
      group,
      'at the end',
      rows => rows.filter(({ lag }) => lag === '0').length === partitions,
    )
    await this.#machine.kill(run)
  }

  #linesOf({ stdout }: Terminal): number {
    return (stdout.match(this.#progress) ?? []).length
  }
}

/** Starts a broker again that was killed. A genuine one refuses while the session of the killed one lives. */
export async function startBrokerAgain(machine: LabMachine, command: string): Promise<Terminal> {
  const deadlineMs = Date.now() + 60_000
  while (true) {
    const broker = machine.open(command)
    const started = broker.untilOutput(
      /\[KafkaServer id=0\] started \(kafka\.server\.KafkaServer\)/,
    )
    if (
      await started.then(
        () => true,
        () => false,
      )
    ) {
      return broker
    }
    assert.ok(subjectKind === 'genuine' && Date.now() < deadlineMs, broker.stdout.slice(-2_000))
  }
}
