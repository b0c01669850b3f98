/**
 * The heavy attacks, on a broker in a process of its own: what it keeps in memory and how many files
 * it has open are read from /proc. After each the broker serves others, and stands as before.
 */
import { strict as assert } from 'node:assert'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { compress, CompressionCodec, Writer, writeVarint } from '../../src/bytes/index.ts'
import {
  ApiVersionsRequest,
  ErrorCode,
  FetchRequest,
  JoinGroupRequest,
} from '../../src/protocol/index.ts'
import { batchAround, batchOf } from '../attacks/batches.ts'
import { calls, createTopic, produce, Victim } from '../attacks/victim.ts'
import { encodeRequest, type RawClient } from '../broker/raw-client.ts'
import { startSubject, type Subject } from '../peers/subject.ts'

const MIB = 1024 * 1024
const timeout = 60_000
/** Half of what `socket.listen.backlog.size` lets wait; those over it would try again after a second. */
const AT_A_TIME = 25

let subject: Subject
let victim: Victim
before(async () => {
  subject = await startSubject({ kind: 'tidelog' })
  victim = await Victim.at(Number(subject.bootstrap.split(':')[1]))
  await victim.assertServing()
})
after(() => subject.dispose())

function residentBytes(): number {
  const status = readFileSync(`/proc/${subject.broker.process.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
}

/** Without the files of logs, which are opened when first used and then kept. */
function openFiles(): number {
  const folder = `/proc/${subject.broker.process.pid}/fd`
  return readdirSync(folder).filter(name => !isOfLog(join(folder, name))).length
}

function isOfLog(link: string): boolean {
  try {
    return readlinkSync(link).startsWith(subject.folder)
  } catch {
    return false // closed meanwhile
  }
}

/** Runs an attack. @returns by how much the broker's memory was larger at its largest moment */
async function growthDuring(attack: () => Promise<void>): Promise<number> {
  const beforeBytes = residentBytes()
  let largest = beforeBytes
  const sample = setInterval(() => (largest = Math.max(largest, residentBytes())), 20)
  try {
    await attack()
    await victim.assertServing()
  } finally {
    clearInterval(sample)
  }
  return Math.max(largest, residentBytes()) - beforeBytes
}

function assertBelow(growth: number, limitMib: number): void {
  const mib = Math.round(growth / MIB)
  assert.ok(mib < limitMib, `the broker grew by ${mib} MiB, at most ${limitMib} are right`)
}

async function untilFilesAre(count: number): Promise<void> {
  const deadlineMs = Date.now() + 10_000
  while (openFiles() > count) {
    assert.ok(Date.now() < deadlineMs, `${openFiles()} files are open, there were ${count}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

async function connections(count: number): Promise<RawClient[]> {
  return Promise.all(Array.from({ length: count }, () => victim.connect()))
}

/** Answered at once: who has the answer has been accepted. */
const question = encodeRequest(ApiVersionsRequest, 0, {})

/** Connections that the broker has accepted, opened as few at a time as may wait for that. */
async function accepted(count: number): Promise<RawClient[]> {
  const all: RawClient[] = []
  while (all.length < count) {
    const clients = await connections(Math.min(AT_A_TIME, count - all.length))
    for (const client of clients) client.send(question)
    for (const client of clients) assert.ok(await client.nextFrame())
    all.push(...clients)
  }
  return all
}

async function close(clients: readonly RawClient[]): Promise<void> {
  await Promise.all(clients.map(client => client[Symbol.asyncDispose]()))
}

const announced = Buffer.from([0x06, 0x40, 0, 0, 0])

test('60 connections that announce 100 MB reserve none of it', { timeout }, async () => {
  const files = openFiles()
  let attackers: RawClient[] = []

  const growth = await growthDuring(async () => {
    attackers = await connections(60)
    for (const attacker of attackers) attacker.send(announced)
  })

  assertBelow(growth, 60)
  await close(attackers)
  await untilFilesAre(files)
})

/** The head of Metadata v12 or v1 up to its topics. */
const flexibleHead = Buffer.from('0003000c00000001ffff', 'hex')
const plainHead = Buffer.from('0003000100000001ffff', 'hex')
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
function framed(...parts: Buffer[]): Buffer {
  const size = parts.reduce((sum, part) => sum + part.length, 0)
  return Buffer.concat([int32(size), ...parts])
}
function varint(value: number): Buffer {
  const writer = new Writer()
  writer.unsignedVarint(value)
  return writer.finish()
}

const amplifiers: readonly (readonly [string, () => Buffer])[] = [
  ['3 million empty strings', () => framed(plainHead, int32(3_000_000), Buffer.alloc(6_000_000))],
  [
    '50 million empty strings',
    () => framed(plainHead, int32(50_000_000), Buffer.alloc(100_000_000)),
  ],
  [
    '50 million tagged fields',
    () => framed(flexibleHead, varint(50_000_000), Buffer.alloc(100_000_000, '0500', 'hex')),
  ],
]
for (const [name, frame] of amplifiers) {
  test(`a frame with ${name} costs little more than its bytes`, { timeout }, async () => {
    const bytes = frame()

    const growth = await growthDuring(async () => {
      await using attacker = await victim.connect()
      attacker.send(bytes)
      assert.ok(await attacker.closes())
    })

    // The frame and, while it grew, the smaller buffer that it was in before.
    assertBelow(growth, 100 + (2 * bytes.length) / MIB)
  })
}

/** A record whose value is 256 MB of zeros. */
function hugeRecord(): Buffer {
  const valueBytes = 256 * MIB
  const head = new Writer()
  head.int8(0)
  for (const value of [0, 0, -1, valueBytes]) writeVarint(head, value)
  const size = new Writer()
  writeVarint(size, head.sizeBytes + valueBytes + 1)
  return Buffer.concat([size.finish(), head.finish(), Buffer.alloc(valueBytes + 1)])
}

test('256 MB of zeros in a small batch are never in memory at once', { timeout }, async () => {
  const record = hugeRecord()
  for (const codec of [CompressionCodec.GZIP, CompressionCodec.LZ4, CompressionCodec.ZSTD]) {
    const batch = batchAround(compress(codec, record), { codec })
    await using client = await victim.connect()
    await createTopic(client, `bomb-${codec}`)

    const growth = await growthDuring(async () => {
      const { errorCode } = await produce(client, batch, { topic: `bomb-${codec}` })
      const fine: number[] = [ErrorCode.NONE, ErrorCode.MESSAGE_TOO_LARGE, ErrorCode.INVALID_RECORD]
      assert.ok(fine.includes(errorCode), `error ${errorCode} of codec ${codec}`)
    })

    assertBelow(growth, 100)
  }
})

test('10,000 connections in turn leave no file open', { timeout }, async () => {
  const files = openFiles()

  const growth = await growthDuring(async () => {
    for (let round = 0; round < 400; round += 1) {
      const clients = await connections(AT_A_TIME)
      for (const client of clients) client.send(question)
      for (const client of clients) assert.ok(await client.nextFrame())
      await close(clients)
    }
  })

  assertBelow(growth, 150)
  await untilFilesAre(files)
})

test('500 idle connections and 100 slow writers keep nobody waiting', { timeout }, async () => {
  const files = openFiles()
  const idle = await accepted(500)
  const slow = await accepted(100)
  const frame = encodeRequest(FetchRequest, 11, {
    ...{ maxWaitMs: 0, minBytes: 0, topics: [], forgottenTopicsData: [] },
  })

  const growth = await growthDuring(async () => {
    for (const byte of frame.subarray(0, -1)) {
      for (const writer of slow) writer.send(Buffer.from([byte]))
      await new Promise(resolve => setTimeout(resolve, 1))
    }
  })

  assertBelow(growth, 150)
  await victim.assertServing()
  for (const writer of slow) writer.send(frame.subarray(-1))
  for (const writer of slow) assert.ok(await writer.nextFrame())
  await close([...idle, ...slow])
  await untilFilesAre(files)
})

test(
  '20 readers that never read 200 fetches of 50 MB cost a buffer each',
  { timeout },
  async () => {
    const topic = 'large'
    await using producer = await victim.connect()
    await createTopic(producer, topic)
    for (let nth = 0; nth < 50; nth += 1) {
      const { errorCode } = await produce(producer, batchOf('x'.repeat(1_000_000)), { topic })
      assert.equal(errorCode, ErrorCode.NONE)
    }
    const files = openFiles()
    const large = 50 * MIB
    const fetches = Array.from({ length: 200 }, (_, nth) =>
      encodeRequest(
        FetchRequest,
        11,
        {
          ...{ maxWaitMs: 0, minBytes: 1, maxBytes: large, forgottenTopicsData: [] },
          topics: [
            { topic, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: large }] },
          ],
        },
        { correlationId: nth },
      ),
    )
    let readers: RawClient[] = []

    const growth = await growthDuring(async () => {
      readers = await connections(20)
      for (const reader of readers) {
        reader.stopReading()
        reader.send(Buffer.concat(fetches))
      }
      for (let nth = 0; nth < 20; nth += 1) {
        await victim.assertServing()
        await new Promise(resolve => setTimeout(resolve, 50))
      }
    })

    assertBelow(growth, 150)
    await close(readers)
    await untilFilesAre(files)
  },
)

test(
  '500 readers of much that wait for ever and go leave nothing behind',
  { timeout },
  async () => {
    await using maker = await victim.connect()
    await createTopic(maker, 'empty')
    const partitions = Array.from({ length: 5_000 }, () => ({
      ...{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 },
    }))
    const fetch = encodeRequest(FetchRequest, 11, {
      ...{ maxWaitMs: 2 ** 31 - 1, minBytes: 1, forgottenTopicsData: [] },
      topics: [{ topic: 'empty', partitions }],
    })
    const files = openFiles()

    const growth = await growthDuring(async () => {
      for (let round = 0; round < 500 / AT_A_TIME; round += 1) {
        const readers = await connections(AT_A_TIME)
        for (const reader of readers) reader.send(Buffer.concat([question, fetch]))
        for (const reader of readers) assert.ok(await reader.nextFrame())
        await close(readers)
      }
    })

    // Kept until their time is over they would cost more than 800.
    assertBelow(growth, 350)
    await untilFilesAre(files)
  },
)

test('line ends in a client id make no line of the log', { timeout }, async () => {
  await using client = await victim.connect()
  const join = encodeRequest(
    JoinGroupRequest,
    3,
    {
      ...{ groupId: 'forgers', sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000 },
      ...{ memberId: '', protocolType: 'consumer' },
      protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
    },
    { clientId: 'a\r\n\u001b[31mFORGED' },
  )
  // The first question for a coordinator makes the topic in which groups are kept.
  let errorCode = -1
  while (errorCode !== ErrorCode.NONE) {
    await client.request(calls.findCoordinator, 3, { key: 'forgers', coordinatorKeys: [] })
    client.send(join)
    errorCode = (await client.response(calls.joinGroup, 3)).errorCode
  }
  const { stdout } = await subject.broker.process.until('client id', output =>
    output.stdout.includes('FORGED') ? output : undefined,
  )

  assert.doesNotMatch(stdout, /^\S*FORGED/m)
  assert.ok(!stdout.includes('\u001b'), 'no escape code reaches a terminal')
  await victim.assertServing()
})

test('in all of this the broker met no error that it did not expect, and ends as it should', async () => {
  const { stdout, stderr } = subject.broker.process
  assert.doesNotMatch(stdout, /Unexpected error/)
  assert.equal(stderr, '')

  const { exitCode } = await subject.broker.process.stop('SIGTERM')

  assert.equal(exitCode, 143)
})
