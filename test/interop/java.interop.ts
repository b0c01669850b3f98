/**
 * Eleven years of Java: the client library of each release, and its console tools as a person types
 * them, against one broker.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { join } from 'node:path'
import { peerOrSkip } from '../peers/cache.ts'
import { kafkaVersions, referenceVersion } from '../peers/catalog.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { compileJava, isBefore, kafkaJars, shortLivedJvm } from '../peers/maven.ts'
import { runOk, type Outcome } from '../peers/process.ts'
import { startSubject, type Subject } from '../peers/subject.ts'
import { checkClient, clientSource, type ClientProgram, type Codec } from './client-contract.ts'

let subject: Subject
before(async () => {
  subject = await startSubject()
})
after(() => subject.dispose())

for (const version of kafkaVersions) {
  test(`the Java client ${version} produces, reads from the beginning, commits and resumes`, t =>
    checkClient(t, subject, {
      name: `Java ${version}`,
      codecs: codecsOf(version),
      origin: isBefore(version, '0.11') ? undefined : 'java',
      install: () => javaClient(version),
    }))
}

for (const version of kafkaVersions) {
  test(`the console tools of ${version} create a topic, send, receive, and resume as a group`, async t => {
    const folder = await peerOrSkip(t, () => genuineDistribution(version))
    if (folder === undefined) return
    const type = typist(folder)
    const topic = `console-${version}`
    const group = `${topic}-group`
    const send = async (...lines: string[]): Promise<void> => {
      const args = ['--topic', topic, ...producerAddress(version)]
      const { stderr } = await type('kafka-console-producer.sh', args, lines)
      // The first metadata of a topic that does not exist yet is an error that the old producer shows.
      const complaints = stderr.replace(/^.*LEADER_NOT_AVAILABLE.*\n/m, '')
      assert.equal(complaints, '', 'the producer has nothing to complain about')
    }
    const settings = join(subject.folder, `${group}.properties`)
    writeFileSync(settings, `group.id=${group}\n`)
    const asGroup = isBefore(version, '1.0') ? ['--consumer.config', settings] : ['--group', group]

    // The ZooKeeper library in 2.1.1 (3.4.13) cannot connect from Java 14 on (ZOOKEEPER-3779): there
    // the producer creates the topic.
    if (version !== '2.1.1') await type('kafka-topics.sh', creation(version, topic))
    await send('one', 'two')
    assert.deepEqual(await consume(type, version, topic, 2, asGroup), ['one', 'two'])
    await send('three', 'four')
    assert.deepEqual(await consume(type, version, topic, 2, asGroup), ['three', 'four'])
    assert.deepEqual(await consume(type, version, topic, 4), ['one', 'two', 'three', 'four'])
  })
}

describe('the ZooKeeper-based consumer of 0.9.0.1', () => {
  test('reads with --zookeeper, commits to ZooKeeper, and resumes there', async t => {
    const folder = await peerOrSkip(t, () => genuineDistribution('0.9.0.1'))
    if (folder === undefined) return
    const type = typist(folder)
    const topic = 'old-consumer'
    await type(
      'kafka-console-producer.sh',
      ['--topic', topic, ...producerAddress('0.9.0.1')],
      ['one', 'two', 'three'],
    )
    const settings = join(subject.folder, 'old-consumer.properties')
    writeFileSync(settings, 'group.id=old-group\n')
    const read = (count: number, ...args: string[]): Promise<string[]> =>
      received(type, [
        ...['--zookeeper', subject.zookeeper, '--topic', topic],
        ...['--consumer.config', settings, '--max-messages', String(count), ...args],
      ])

    assert.deepEqual(await read(2, '--from-beginning'), ['one', 'two'])
    assert.deepEqual(await read(1), ['three'])
  })
})

type Typist = (
  script: string,
  args: readonly string[],
  lines?: readonly string[],
) => Promise<Outcome>

function typist(folder: string): Typist {
  return (script, args, lines = []) =>
    runOk(join(folder, 'bin', script), args, {
      input: lines.map(line => `${line}\n`).join(''),
      timeoutMs: 40_000,
    })
}

function creation(version: string, topic: string): string[] {
  return [
    ...['--create', '--topic', topic, '--partitions', '1', '--replication-factor', '1'],
    ...(isBefore(version, '2.2')
      ? ['--zookeeper', subject.zookeeper]
      : ['--bootstrap-server', subject.bootstrap]),
  ]
}

function consume(
  type: Typist,
  version: string,
  topic: string,
  count: number,
  args: readonly string[] = [],
): Promise<string[]> {
  return received(type, [
    ...(isBefore(version, '0.10') ? ['--new-consumer'] : []),
    ...['--bootstrap-server', subject.bootstrap, '--topic', topic, '--from-beginning'],
    ...['--max-messages', String(count), ...args],
  ])
}

async function received(type: Typist, args: readonly string[]): Promise<string[]> {
  const { stdout } = await type('kafka-console-consumer.sh', args)
  return stdout.split('\n').slice(0, -1)
}

function codecsOf(version: string): Codec[] {
  const codecs: Codec[] = ['none', 'gzip', 'snappy', 'lz4']
  return isBefore(version, '2.1') ? codecs : [...codecs, 'zstd']
}

async function javaClient(version: string): Promise<ClientProgram> {
  const newest = await kafkaJars(referenceVersion)
  const compiled = await compileJava([clientSource('ClientContract.java')], newest)
  const classpath = [compiled.split(':')[0] ?? '', (await kafkaJars(version)).classpath].join(':')
  return { command: 'java', args: [...shortLivedJvm, '-cp', classpath, 'ClientContract'] }
}

function producerAddress(version: string): string[] {
  return [isBefore(version, '2.5') ? '--broker-list' : '--bootstrap-server', subject.bootstrap]
}
