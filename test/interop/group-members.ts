/** Members of one group, ours and others', and what each of them says that it has and reads. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Consumer, Kafka, RebalanceListener, TopicPartition } from '../../src/client/index.ts'
import { kafkaPython, referenceVersion } from '../peers/catalog.ts'
import { kafkaJars, shortLivedJvm } from '../peers/maven.ts'
import { start, type RunningProcess } from '../peers/process.ts'
import { clientSource } from './client-contract.ts'

export interface Group {
  readonly bootstrap: string
  readonly topic: string
  readonly groupId: string
  /** Java's class of the assignor. */
  readonly strategy: string
  /** For what a member needs on the disk. */
  readonly folder: string
}

export interface GroupMember {
  /** Partitions that it has now. */
  readonly owned: ReadonlySet<number>
  /** `partition@offset`, in the order in which it read them. */
  readonly read: readonly string[]
  /** Leaves the group. */
  stop(): Promise<void>
}

export class OurMember implements GroupMember {
  readonly owned = new Set<number>()
  readonly read: string[] = []
  /** How many partitions were taken from it, each time. */
  readonly revocations: number[] = []
  readonly #consumer: Consumer
  readonly #running: Promise<void>
  #isStopped = false

  constructor(kafka: Kafka, { topic, groupId, strategy }: Group) {
    this.#consumer = kafka.consumer({
      groupId,
      autoOffsetReset: 'earliest',
      heartbeatIntervalMs: 200,
      partitionAssignmentStrategy: [strategy],
    })
    this.#consumer.subscribe([topic], this.#listener())
    this.#running = this.#run()
    // It is heard of when the member is stopped.
    this.#running.catch(() => undefined)
  }

  #listener(): RebalanceListener {
    const give = (partitions: readonly TopicPartition[]): void => {
      this.revocations.push(partitions.length)
      for (const { partition } of partitions) this.owned.delete(partition)
    }
    return {
      onRevoked: give,
      onLost: give,
      onAssigned: partitions => {
        for (const { partition } of partitions) this.owned.add(partition)
      },
    }
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      for (const { partition, offset } of await this.#consumer.poll(100)) {
        this.read.push(`${partition}@${offset}`)
      }
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#running
    await this.#consumer.close()
  }
}

/** A program that prints events as kafka-verifiable-consumer does. */
export class PeerMember implements GroupMember {
  readonly #process: RunningProcess

  constructor(process: RunningProcess) {
    this.#process = process
  }

  get #events(): MemberEvent[] {
    const lines = this.#process.stdout.split('\n').slice(0, -1)
    return lines.filter(line => line.startsWith('{')).map(line => JSON.parse(line) as MemberEvent)
  }

  get owned(): ReadonlySet<number> {
    const owned = new Set<number>()
    for (const { name, partitions = [] } of this.#events) {
      for (const { partition } of partitions) {
        if (name === 'partitions_assigned') owned.add(partition)
        else if (name === 'partitions_revoked') owned.delete(partition)
      }
    }
    return owned
  }

  get read(): readonly string[] {
    return this.#events
      .filter(({ name }) => name === 'record_data')
      .map(({ partition, offset }) => `${partition}@${offset}`)
  }

  async stop(): Promise<void> {
    await this.#process.stop()
  }
}

interface MemberEvent {
  readonly name: string
  readonly partitions?: readonly { readonly partition: number }[]
  readonly partition?: number
  readonly offset?: number
}

/** A member of another make; rejects when it cannot be installed. */
export interface PeerFamily {
  readonly name: string
  /** Whether as leader it understands what members of other makes say that they have had. */
  readonly knowsOthers: boolean
  readonly install: () => Promise<(group: Group) => PeerMember>
}

export const javaMember: PeerFamily = {
  name: `Java ${referenceVersion}`,
  knowsOthers: true,
  install: async () => {
    const { classpath } = await kafkaJars(referenceVersion)
    return ({ bootstrap, topic, groupId, strategy, folder }) => {
      const properties = join(folder, `${groupId}.properties`)
      writeFileSync(properties, 'heartbeat.interval.ms=200\n')
      const given = ['--bootstrap-server', bootstrap, '--topic', topic, '--group-id', groupId]
      const rest = ['--assignment-strategy', strategy, '--consumer.config', properties]
      const main = 'org.apache.kafka.tools.VerifiableConsumer'
      const java = [...shortLivedJvm, '-cp', classpath, main]
      return new PeerMember(start('java', [...java, ...given, ...rest, '--verbose']))
    }
  },
}

/** The sticky assignor of 2.0.2 does not run on Python 3; that of 3 writes a version of its own before its data. */
export const pythonMember: PeerFamily = {
  name: 'kafka-python 3.0.12',
  knowsOthers: false,
  install: async () => {
    const interpreter = await kafkaPython('3.0.12')
    const source = clientSource('kafka_python_member.py')
    return ({ bootstrap, topic, groupId }) =>
      new PeerMember(start(interpreter, [source, bootstrap, topic, groupId]))
  },
}
