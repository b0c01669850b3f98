/** Five minutes of transactions under kills; then builds with one rule broken, which must be caught. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { test } from 'node:test'
import { peerOrSkip } from '../peers/cache.ts'
import { confluentKafka } from '../peers/catalog.ts'
import { temporaryFolder } from '../peers/subject.ts'
import { breakBuild, brokenRules } from './transactions/broken-build.ts'
import { faults, transactionDrill, type Fault } from './transactions/transaction-drill.ts'

const LEAST_TRANSACTIONS = 20_000
const LEAST_KILLS_WITH_OPEN_REQUEST = 20
const LEAST_OF_EACH_FAULT = 5
const LEAST_CLIENT_KILLS = 50

/** While a transaction is left to its timeout, no broker is killed. */
const plan: readonly Fault[] = [
  'client left dead in a transaction',
  ...(['client killed', 'answers lost', 'zombie', 'client killed'] as const),
  ...(['client killed', 'client killed', 'answers lost', 'client killed'] as const),
  ...(['client killed', 'broker killed', 'client killed', 'client killed'] as const),
  ...(['broker and coordination killed', 'client killed', 'answers lost', 'zombie'] as const),
  ...(['broker killed', 'client killed', 'client killed', 'broker killed'] as const),
]

test('five minutes of transactions under kills: exactly once', async t => {
  const confluent = await peerOrSkip(t, confluentKafka)
  if (confluent === undefined) return
  const seed = Number(process.env['SEED'] ?? 1)

  const report = await transactionDrill({
    ...{ seed, durationMs: 300_000, wantedCommits: LEAST_TRANSACTIONS },
    ...{ transfers: 60_000, ours: 4, confluent, plan },
  })

  t.diagnostic(JSON.stringify(report, undefined, 1))
  assert.deepEqual(report.violations, [])
  assert.deepEqual(report.accidents, [])
  assert.ok(report.committed >= LEAST_TRANSACTIONS, `${report.committed} transactions`)
  assert.ok(report.killsWithOpenRequest >= LEAST_KILLS_WITH_OPEN_REQUEST)
  assert.ok(report.faults['client killed'] >= LEAST_CLIENT_KILLS)
  for (const fault of faults) assert.ok(report.faults[fault] >= LEAST_OF_EACH_FAULT, fault)
})

for (const [rule, replacements] of Object.entries(brokenRules)) {
  test(`a build in which ${rule} is caught`, async t => {
    const root = temporaryFolder('broken')
    t.after(() => rmSync(root, { recursive: true, force: true }))
    breakBuild(root, replacements)

    const report = await transactionDrill({
      ...{ seed: 1, durationMs: 20_000, transfers: 10_000, ours: 4, root },
      plan: ['answers lost', 'zombie', 'client killed', 'answers lost', 'zombie', 'broker killed'],
    })

    t.diagnostic(JSON.stringify({ ...report, violations: report.violations.slice(0, 5) }))
    assert.notDeepEqual(report.violations, [])
  })
}
