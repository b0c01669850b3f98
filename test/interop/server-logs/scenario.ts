/** A day in the life of one broker, as its log files tell it: what an operator does and then looks for. */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Kafka, unwrap, type Admin } from '../../../src/client/index.ts'
import {
  startBroker,
  startZooKeeper,
  temporaryFolder,
  type SubjectKind,
} from '../../peers/subject.ts'
import { until } from '../../support/until.ts'

/** Those that `config/log4j.properties` names and a broker writes to from INFO on. */
export const files = [
  'server.log',
  'controller.log',
  'state-change.log',
  'log-cleaner.log',
] as const
export type LogFile = (typeof files)[number]

const TOPIC = 'orders'
const GONE = 'gone'
const GROUP = 'billing'
const POLL_MS = 100

/** Whole lines by file, stack traces and lists with the line that they follow. */
export type LogLines = Readonly<Record<LogFile, readonly string[]>>

/** Start, topics, configs, a group, a transaction, a deletion, a restart and a stop. */
export async function logsOfADay(kind: SubjectKind): Promise<LogLines> {
  const folder = temporaryFolder('server-logs')
  const logDirs = [join(folder, 'kafka-logs')]
  const zookeeper = await startZooKeeper({ kind, dataDir: join(folder, 'zookeeper') })
  const begin = () =>
    startBroker({ kind, hasLogFiles: true, zookeeper: zookeeper.address, logDirs })
  const text = () => readFileSync(join(`${logDirs[0] ?? ''}-logs`, 'controller.log'), 'utf8')
  let broker = await begin()
  try {
    await work(broker.address)
    await until('the topic is gone', () =>
      Promise.resolve(/Deletion of topic gone success/.test(text())),
    )
    await broker.stop()
    broker = await begin()
    await untilGroupIsLoaded(broker.address)
    await broker.stop()
    return readLogs(`${logDirs[0] ?? ''}-logs`)
  } finally {
    await broker.kill()
    await zookeeper.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function work(bootstrapServers: string): Promise<void> {
  const kafka = new Kafka({ bootstrapServers })
  try {
    await using admin = kafka.admin()
    await changeTopics(admin)
    await readInGroup(kafka)
    await commitTransaction(kafka)
    await deleteTopic(admin)
  } finally {
    await kafka.close()
  }
}

async function changeTopics(admin: Admin): Promise<void> {
  for (const name of [TOPIC, GONE]) {
    const made = await admin.createTopics([{ name, numPartitions: 2, replicationFactor: 1 }])
    for (const each of made.values()) unwrap(each)
  }
  for (const each of (await admin.createPartitions({ [TOPIC]: { totalCount: 3 } })).values()) {
    unwrap(each)
  }
  const altered = await admin.incrementalAlterConfigs([
    {
      resource: { type: 'TOPIC', name: TOPIC },
      ops: [{ op: 'SET', name: 'retention.ms', value: '3600000' }],
    },
  ])
  altered.forEach(unwrap)
}

/** A member comes, commits, another comes, and both go. */
async function readInGroup(kafka: Kafka): Promise<void> {
  const join = () => {
    const consumer = kafka.consumer({ groupId: GROUP, autoOffsetReset: 'earliest' })
    consumer.subscribe([TOPIC])
    return consumer
  }
  await using producer = kafka.producer({ lingerMs: 0 })
  for (const partition of [0, 1, 2]) await producer.send({ topic: TOPIC, partition, value: 'x' })
  const first = join()
  await until('all is assigned', async () => {
    await first.poll(POLL_MS)
    return first.assignment().length === 3
  })
  await first.commit()
  const second = join()
  await until('both have partitions', async () => {
    await Promise.all([first.poll(POLL_MS), second.poll(POLL_MS)])
    return first.assignment().length < 3 && second.assignment().length > 0
  })
  await second.close()
  await first.close()
}

async function commitTransaction(kafka: Kafka): Promise<void> {
  await kafka.transaction(
    async transaction => {
      await transaction.send({ topic: TOPIC, partition: 0, value: 'paid' })
    },
    { transactionalId: 'payments' },
  )
}

async function deleteTopic(admin: Admin): Promise<void> {
  for (const each of (await admin.deleteTopics([GONE])).values()) unwrap(each)
}

async function untilGroupIsLoaded(bootstrap: string): Promise<void> {
  await using admin = new Kafka({ bootstrapServers: bootstrap }).admin()
  await until('the group is loaded', async () => {
    const described = (await admin.describeConsumerGroups([GROUP])).get(GROUP)
    return described?.ok === true && described.value.state === 'Empty'
  })
}

function readLogs(folder: string): LogLines {
  const names = readdirSync(folder)
  const linesOf = (file: LogFile): string[] =>
    names
      .filter(name => name.startsWith(file))
      .sort()
      .flatMap(name => readFileSync(join(folder, name), 'utf8').split(/\n(?=\[)/))
      .map(line => line.trimEnd())
      .filter(line => line !== '')
  return Object.fromEntries(files.map(file => [file, linesOf(file)])) as Record<LogFile, string[]>
}
