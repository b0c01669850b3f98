/** Console consumers that run beside the recorded commands, as members of groups. */
import type { ChildProcess } from 'node:child_process'
import { Kafka, unwrap, type GroupDescription } from '../../../src/client/index.ts'
import { until } from '../../support/until.ts'
import { startCommand, type Addresses } from './replay.ts'

/** Written down at once, so that nobody waits for five seconds. */
const COMMIT = '--consumer-property auto.commit.interval.ms=100'

export class Members {
  readonly #addresses: Addresses
  readonly #running = new Set<ChildProcess>()

  constructor(addresses: Addresses) {
    this.#addresses = addresses
  }

  /** Starts as many consumers and waits until the group has them all and their offsets. */
  async join(
    group: string,
    topic: string,
    count: number,
    options = '',
  ): Promise<readonly ChildProcess[]> {
    const started = Array.from({ length: count }, () => this.start(group, topic, options))
    await this.when(group, ({ state, members }) => state === 'Stable' && members.length === count)
    await this.#whenCommitted(group)
    return started
  }

  start(group: string, topic: string, options = ''): ChildProcess {
    const command =
      `kafka-console-consumer.sh --topic ${topic} --group ${group} --from-beginning ${COMMIT} ` +
      `${options} --bootstrap-server localhost:9092`
    const child = startCommand({ command }, this.#addresses)
    this.#running.add(child)
    return child
  }

  async when(group: string, holds: (group: GroupDescription) => boolean): Promise<void> {
    await using admin = new Kafka({ bootstrapServers: this.#addresses.broker }).admin()
    await until(`${group} is as wanted`, async () => {
      const described = (await admin.describeConsumerGroups([group])).get(group)
      return described?.ok === true && holds(described.value)
    })
  }

  /** Every assigned partition has an offset that is its end. */
  async #whenCommitted(group: string): Promise<void> {
    await using admin = new Kafka({ bootstrapServers: this.#addresses.broker }).admin()
    await until(`${group} has committed all`, async () => {
      const described = (await admin.describeConsumerGroups([group])).get(group)
      const assigned = described === undefined ? [] : unwrap(described).members
      const places = assigned.flatMap(({ assignment }) => assignment)
      const ends = await admin.listOffsets(places.map(place => ({ ...place, spec: 'latest' })))
      const committed = await admin.listConsumerGroupOffsets(group)
      const offsets = new Map(
        committed.map(one => [`${one.topic}-${one.partition}`, one.committed?.offset]),
      )
      return ends.every(end => offsets.get(`${end.topic}-${end.partition}`) === unwrap(end).offset)
    })
  }

  /** Ends all of them cleanly, those too that are stopped. */
  async stop(): Promise<void> {
    const running = [...this.#running]
    this.#running.clear()
    await Promise.all(
      running.map(child => {
        const closed = new Promise(resolve => child.on('close', resolve))
        child.kill('SIGTERM')
        child.kill('SIGCONT')
        return closed
      }),
    )
  }
}
