/** Transactional producers and read_committed consumers of every family, unchanged, against one broker. */
import assert from 'node:assert/strict'
import { after, before, test, type TestContext } from 'node:test'
import { join } from 'node:path'
import { peerOrSkip, projectRoot } from '../peers/cache.ts'
import {
  aiokafka,
  confluentKafka,
  franzGo,
  javascriptClients,
  kafkaPython,
  kafkaVersions,
  newestVersion,
} from '../peers/catalog.ts'
import { compileJava, isBefore, kafkaJars, shortLivedJvm } from '../peers/maven.ts'
import { runOk } from '../peers/process.ts'
import { startSubject, type Subject } from '../peers/subject.ts'
import type { ClientProgram } from './client-contract.ts'

const source = (name: string): string => join(projectRoot, 'test', 'interop', 'transactions', name)

const python = async (name: string, interpreter: Promise<string>): Promise<ClientProgram> => ({
  command: await interpreter,
  args: [source(name)],
})

interface Family {
  readonly name: string
  readonly install: () => Promise<ClientProgram>
  /** What its group has committed in the end: Java's commits in each way that it has. */
  readonly offset?: Readonly<Record<string, number>>
}

const families: readonly Family[] = [
  {
    name: 'confluent-kafka',
    install: () => python('confluent_transactions.py', confluentKafka()),
  },
  {
    name: 'kafka-python 3.0.12',
    install: () => python('kafka_python_transactions.py', kafkaPython('3.0.12')),
  },
  { name: 'aiokafka', install: () => python('aiokafka_transactions.py', aiokafka()) },
  {
    name: 'KafkaJS',
    install: async () => ({
      command: process.execPath,
      args: [source('kafkajs_transactions.mjs')],
      env: { PEER_PACKAGES: await javascriptClients(), KAFKAJS_NO_PARTITIONER_WARNING: '1' },
    }),
  },
  {
    name: 'franz-go',
    install: async () => ({ command: await franzGo(source('franz.go')), args: [] }),
  },
  ...kafkaVersions
    .filter(version => !isBefore(version, '0.11'))
    .map(version => ({
      name: `Java ${version}`,
      install: () => javaProgram(version),
      offset: {
        ...(isBefore(version, '2.5') ? {} : { ConsumerGroupMetadata: 3 }),
        ...(isBefore(version, '4.0') ? { String: 3 } : {}),
      },
    })),
]

let subject: Subject
before(async () => {
  subject = await startSubject()
})
after(() => subject.dispose())

for (const family of families) {
  test(`${family.name} commits, aborts, commits offsets, fences, and reads what is committed`, t =>
    checkFamily(t, family))
}

async function checkFamily(t: TestContext, family: Family): Promise<void> {
  const { name, install, offset = 3 } = family
  const program = await peerOrSkip(t, install)
  if (program === undefined) return
  const topic = `transactions-${name.replace(/[^\w.-]+/g, '-')}`
  const args = [...program.args, subject.bootstrap, topic, `${topic}-group`, `${topic}-id`]

  const { stdout } = await runOk(program.command, args, {
    ...(program.env === undefined ? {} : { env: program.env }),
    timeoutMs: 90_000,
  })

  assert.deepEqual(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''), {
    read: ['committed-0', 'committed-1', 'committed-2', 'consumed-0', 'heir-0'],
    offset,
    fenced: true,
  })
}

async function javaProgram(version: string): Promise<ClientProgram> {
  const newest = await kafkaJars(newestVersion)
  const compiled = await compileJava([source('TransactionCheck.java')], newest)
  const jars = await kafkaJars(version)
  const classpath = [compiled.split(':')[0] ?? '', jars.classpath].join(':')
  return { command: 'java', args: [...shortLivedJvm, '-cp', classpath, 'TransactionCheck'] }
}
