import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeHost } from '../../host/node/index.ts'
import { encodeVersioned, TransactionLogKey, TransactionLogValue } from '../../protocol/index.ts'
import { MemoryTerminal } from '../../sim/index.ts'
import { runTool } from '../tool.ts'
import { dumpLog } from './dump-log.ts'
import { parseClusterMetadata } from './framed-records.ts'
import { parseOffsets, parseTransactions } from './stored-records.ts'

async function run(...argv: string[]) {
  const terminal = new MemoryTerminal()
  const code = await runTool(dumpLog, argv, { host: nodeHost(), terminal })
  return { code, stdout: terminal.stdout.text, stderr: terminal.stderr.text }
}

test('a file that is not there is named before it is missed', async () => {
  const name = '/nowhere/00000000000000000005.log'
  assert.deepEqual(await run('--files', name), {
    code: 1,
    stdout: `Dumping ${name}\nLog starting offset: 5\n`,
    stderr: `Exception in thread "main" java.nio.file.NoSuchFileException: ${name}\n`,
  })
})

test('a file of another kind is passed over', async () => {
  const { code, stderr } = await run('--files', 'a/meta.properties')
  assert.deepEqual(
    { code, stderr },
    { code: 0, stderr: 'Ignoring unknown file a/meta.properties\n' },
  )
})

const record = (key: Buffer | null, value: Buffer | null) => ({
  ...({ offset: 3, timestamp: 1, timestampType: 'CreateTime', headers: [] } as const),
  ...{ key, value },
})

test('a record of __transaction_state tells the state of its transaction', () => {
  const key = encodeVersioned(TransactionLogKey, 0, { transactionalId: 't' })
  const value = encodeVersioned(TransactionLogValue, 0, {
    ...{ producerId: 7, producerEpoch: 2, transactionTimeoutMs: 60_000, transactionStatus: 1 },
    transactionPartitions: [{ topic: 'a', partitionIds: [0, 2] }],
    ...{ transactionLastUpdateTimestampMs: 11, transactionStartTimestampMs: 10 },
  })

  assert.deepEqual(parseTransactions(record(key, value)), {
    key: 'transaction_metadata::transactionalId=t',
    payload:
      'producerId:7,producerEpoch:2,state=Ongoing,partitions=[a-2,a-0],' +
      'txnLastUpdateTimestamp=11,txnTimeoutMs=60000',
  })
  assert.equal(parseTransactions(record(key, null)).payload, '<DELETE>')
})

test('a record of __consumer_offsets of another kind is told of and skipped', () => {
  assert.deepEqual(parseOffsets(record(Buffer.from([0, 99]), null)), {
    key: 'Unknown record type 99 at offset 3, skipping.',
    payload: null,
  })
})

test('a record of __cluster_metadata is told with its type, and one that is none with the reason', () => {
  const topic = Buffer.concat([Buffer.from([1, 2, 0, 2, 0x74]), Buffer.alloc(17)])
  assert.equal(
    parseClusterMetadata(record(null, topic)).payload,
    '{"type":"TOPIC_RECORD","version":0,"data":{"name":"t","topicId":"AAAAAAAAAAAAAAAAAAAAAA"}}',
  )
  assert.equal(
    parseClusterMetadata(record(null, Buffer.from([2]))).payload,
    'Error at 3, skipping. Could not deserialize metadata record due to unknown frame version 2' +
      '(only frame version 1 is supported)',
  )
})

test('a cut record is told of as a Java buffer tells it', () => {
  const key = Buffer.from([0, 2, 0, 9, 65])
  assert.equal(
    parseOffsets(record(key, null)).key,
    "Error at offset 3, skipping. Could not read record with version 2 from key's buffer due to: " +
      'Error reading byte array of 9 byte(s): only 1 byte(s) available.',
  )
})
