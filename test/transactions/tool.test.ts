/** kafka-transactions on a broker in this process: what is open, and how it is ended by hand. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { runTool, transactionsCommand } from '../../src/cli/index.ts'
import { nodeHost } from '../../src/host/node/index.ts'
import { MemoryTerminal } from '../../src/sim/index.ts'
import { startBroker, type TestBroker } from '../../src/testing/index.ts'
import { properties } from './checks.ts'
import { TransactionalClient } from './client.ts'

let broker: TestBroker
before(async () => {
  broker = await startBroker({ properties })
})
after(() => broker.stop())

async function run(...argv: string[]) {
  const terminal = new MemoryTerminal()
  const servers = ['--bootstrap-server', broker.bootstrapServers]
  const environment = { host: nodeHost(), terminal }
  const code = await runTool(transactionsCommand, [...servers, ...argv], environment)
  const { stdout, stderr } = terminal
  const rows = stdout.text.split('\n').map(line => line.split('\t').map(cell => cell.trim()))
  return { code, rows: rows.slice(1, -1), stderr: stderr.text }
}

const place = ['--topic', 'open', '--partition', '0']

test(
  'an open transaction is shown, and ended by its start offset',
  { timeout: 20_000 },
  async () => {
    await using client = await TransactionalClient.open(broker.port, 'open')
    const producer = await client.begin('t')
    assert.equal(await client.addPartition(producer), 0)
    await client.produce(producer, ['a', 'b'])
    const id = String(producer.producerId)

    const listed = await run('list')
    const described = await run('describe', '--transactional-id', 't')
    const before = await run('describe-producers', ...place)
    const wrong = await run('abort', ...place, '--start-offset', '1')
    const aborted = await run('abort', ...place, '--start-offset', '0')
    const after = await run('describe-producers', ...place)

    assert.deepEqual(listed.rows, [['t', '0', id, 'Ongoing', '']])
    assert.deepEqual(described.rows[0]?.slice(1, 6), ['t', id, '0', 'Ongoing', '60000'])
    assert.deepEqual(described.rows[0].slice(8), ['open-0', ''])
    assert.deepEqual(before.rows[0]?.slice(0, 4), [id, '0', '-1', '1'])
    assert.equal(before.rows[0][5], '0')
    assert.deepEqual(wrong, {
      code: 1,
      rows: [],
      stderr: 'Could not find any open transactions starting at offset 1 on partition open-0\n',
    })
    assert.deepEqual(aborted, { code: 0, rows: [], stderr: '' })
    assert.equal(after.rows[0]?.[5], 'None')
  },
)

test('a transaction that its coordinator knows of does not hang, however old', async () => {
  await using client = await TransactionalClient.open(broker.port, 'known')
  const producer = await client.begin('known')
  assert.equal(await client.addPartition(producer), 0)
  await client.produce(producer, ['a'])

  const search = ['find-hanging', '--topic', 'known', '--max-transaction-timeout', '-1']
  assert.deepEqual(await run(...search), { code: 0, rows: [], stderr: '' })
})

const refusals: readonly (readonly [argv: string[], stderr: RegExp])[] = [
  [['describe', '--transactional-id', 'x'], /`x`: DescribeTransactions .* could not be found\. En/],
  [['find-hanging'], /^The `find-hanging` command requires either --topic or --broker-id/],
  [['abort', ...place], /^The transaction to abort must be identified either with --start-offset/],
  [['abort', ...place, '--producer-id', '5'], /^Missing required argument --producer-epoch\n$/],
  [
    ['abort', ...place, '--producer-epoch', '40000'],
    /could not convert\s'40000' to Short \(Value out of range/,
  ],
]
for (const [argv, stderr] of refusals) {
  test(`kafka-transactions ${argv.join(' ')} is refused`, async () => {
    const refused = await run(...argv)
    assert.match(refused.stderr, stderr)
    assert.equal(refused.code, 1)
  })
}
