/** Producers that never stop, and what they were told: ours in this process, others as programs. */
import { join } from 'node:path'
import type { Kafka, Producer } from '../../../src/client/index.ts'
import { projectRoot } from '../../peers/cache.ts'
import { confluentKafka } from '../../peers/catalog.ts'
import { compileJava, kafkaJars, shortLivedJvm } from '../../peers/maven.ts'
import { start, type RunningProcess } from '../../peers/process.ts'
import { referenceVersion } from '../../peers/subject.ts'

const DEADLINE_MS = 60_000
const AT_ONCE = 10

export interface WriterPlace {
  readonly bootstrap: string
  readonly topic: string
  readonly partitions: number
}

export interface Writer {
  readonly topic: string
  /** Acknowledged, or committed. */
  readonly count: number
  /** By partition, the value at each offset. */
  readonly told: ReadonlyMap<number, ReadonlyMap<number, string>>
  readonly hasFailed: boolean
  /** Resolves when everything under way is acknowledged or given up. */
  stop(): Promise<void>
  kill(): Promise<void>
}

class Told {
  readonly byPartition = new Map<number, Map<number, string>>()
  count = 0

  add(partition: number, offset: number, value: string): void {
    const values = this.byPartition.get(partition) ?? new Map<number, string>()
    this.byPartition.set(partition, values.set(offset, value))
    this.count += 1
  }
}

/** Our idempotent producer, without transactions. */
export class OwnWriter implements Writer {
  readonly topic: string
  readonly #partitions: number
  readonly #producer: Producer
  readonly #told = new Told()
  readonly #work: Promise<void>
  #isOver = false
  hasFailed = false

  constructor(kafka: Kafka, { topic, partitions }: WriterPlace) {
    this.topic = topic
    this.#partitions = partitions
    this.#producer = kafka.producer({ acks: 'all', deliveryTimeoutMs: DEADLINE_MS, lingerMs: 2 })
    this.#work = this.#write()
    this.#work.catch(() => (this.hasFailed = true))
  }

  get count(): number {
    return this.#told.count
  }

  get told(): Writer['told'] {
    return this.#told.byPartition
  }

  async #write(): Promise<void> {
    for (let number = 0; !this.#isOver; number += AT_ONCE) {
      await Promise.all(
        Array.from({ length: AT_ONCE }, (_, place) => this.#send(String(number + place), place)),
      )
    }
  }

  async #send(value: string, place: number): Promise<void> {
    const partition = place % this.#partitions
    const { offset } = await this.#producer.send({ topic: this.topic, partition, value })
    this.#told.add(partition, offset, value)
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await this.#work
    await this.#producer.close()
  }

  async kill(): Promise<void> {
    this.#isOver = true
    await this.#producer.close()
  }
}

/** A program of this folder. */
class ProgramWriter implements Writer {
  readonly topic: string
  readonly #process: RunningProcess
  readonly #told = new Told()
  #read = 0
  #isStopping = false

  constructor(command: string, args: readonly string[], place: WriterPlace) {
    const { bootstrap, topic, partitions } = place
    this.topic = topic
    this.#process = start(command, [...args, bootstrap, topic, String(partitions), `to-${topic}`])
  }

  get count(): number {
    this.#readOn()
    return this.#told.count
  }

  get told(): Writer['told'] {
    this.#readOn()
    return this.#told.byPartition
  }

  get hasFailed(): boolean {
    return this.#process.hasEnded && !this.#isStopping
  }

  #readOn(): void {
    const { stdout } = this.#process
    const end = stdout.lastIndexOf('\n') + 1
    for (const line of stdout.slice(this.#read, end).split('\n')) {
      const [partition, offset, value] = line.split(' ')
      if (value !== undefined) this.#told.add(Number(partition), Number(offset), value)
    }
    this.#read = end
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    this.#process.endInput()
    await this.#process.ended
  }

  async kill(): Promise<void> {
    await this.#process.stop('SIGKILL')
  }
}

/** The programs by the topic that each is to write to, installed and ready to start. */
export async function steadyPrograms(): Promise<Map<string, (place: WriterPlace) => Writer>> {
  const folder = join(projectRoot, 'test', 'interop', 'steady')
  const jars = await kafkaJars(referenceVersion)
  const classpath = await compileJava([join(folder, 'SteadyWriter.java')], jars)
  const python = await confluentKafka()
  const java = [...shortLivedJvm, '-cp', classpath, 'SteadyWriter']
  const script = [join(folder, 'steady_confluent.py')]
  return new Map([
    ['java', (place: WriterPlace) => new ProgramWriter('java', java, place)],
    ['librdkafka', (place: WriterPlace) => new ProgramWriter(python, script, place)],
  ])
}
