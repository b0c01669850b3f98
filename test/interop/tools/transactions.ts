/** Transactions that were committed before a page was recorded. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka } from '../../../src/client/index.ts'
import { TransactionalClient } from '../../transactions/client.ts'
import { makeTopics } from './cluster.ts'
import type { Addresses } from './replay.ts'

const TIMEOUT_MS = 30_000
const PAUSE_MS = 50
/** What a recorded case asks for: only those that began longer ago than this. */
const AGE_MS = 1_000

/** One of each id, until their coordinator has told all partitions and they are old enough. */
export async function commitTransactions(
  addresses: Addresses,
  ids: readonly string[],
): Promise<void> {
  await makeTopics(addresses, { txn: {} })
  const port = Number(addresses.broker.split(':')[1])
  await using client = await TransactionalClient.open(port, 'txn')
  for (const id of ids) {
    const producer = await client.begin(id)
    assert.equal(await client.addPartition(producer), 0)
    await client.produce(producer, ['x'])
    assert.equal(await client.end(producer, true), 0)
  }
  await using admin = new Kafka({ bootstrapServers: addresses.broker }).admin()
  for (const endMs = Date.now() + TIMEOUT_MS; Date.now() < endMs;) {
    const listed = [
      ...(
        await admin.listTransactions({ states: ['CompleteCommit'], longerThanMs: AGE_MS })
      ).values(),
    ]
    if (listed.flat().length === ids.length) return
    await sleep(PAUSE_MS)
  }
  assert.fail(`transactions are not complete after ${TIMEOUT_MS} ms`)
}
