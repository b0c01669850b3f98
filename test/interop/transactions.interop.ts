/** Transactional producers and read_committed consumers of every family, unchanged, against one broker. */
import assert from 'node:assert/strict'
import { after, before, test, type TestContext } from 'node:test'
import { join } from 'node:path'
import { peerOrSkip, projectRoot } from '../peers/cache.ts'
import {
  aiokafka,
  confluentKafka,
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

const families: readonly [string, () => Promise<ClientProgram>][] = [
  ['confluent-kafka', () => python('confluent_transactions.py', confluentKafka())],
  ['kafka-python 3.0.12', () => python('kafka_python_transactions.py', kafkaPython('3.0.12'))],
  ['aiokafka', () => python('aiokafka_transactions.py', aiokafka())],
  [
    'KafkaJS',
    async () => ({
      command: process.execPath,
      args: [source('kafkajs_transactions.mjs')],
      env: { PEER_PACKAGES: await javascriptClients(), KAFKAJS_NO_PARTITIONER_WARNING: '1' },
    }),
  ],
  ...kafkaVersions
    .filter(version => !isBefore(version, '0.11'))
    .map((version): [string, () => Promise<ClientProgram>] => [
      `Java ${version}`,
      () => javaProgram(version),
    ]),
]

let subject: Subject
before(async () => {
  subject = await startSubject()
})
after(() => subject.dispose())

for (const [name, install] of families) {
  test(`${name} commits, aborts, commits offsets and fences`, t => checkFamily(t, name, install))
}

async function checkFamily(
  t: TestContext,
  name: string,
  install: () => Promise<ClientProgram>,
): Promise<void> {
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
    offset: 3,
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
