/** Transactions under kills, for fifteen seconds; `npm run test:drill` goes on for five minutes. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { breakBuild, brokenRules } from '../drill/transactions/broken-build.ts'
import { transactionDrill } from '../drill/transactions/transaction-drill.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { confluentKafka } from '../peers/catalog.ts'

test('transactions of ours and of librdkafka are exactly once while clients and broker are killed', async t => {
  const confluent = await peerOrSkip(t, confluentKafka)
  if (confluent === undefined) return

  const report = await transactionDrill({
    ...{ seed: 2, durationMs: 15_000, transfers: 10_000, ours: 2, confluent },
    plan: ['answers lost', 'client killed', 'broker killed', 'client killed'],
  })

  t.diagnostic(JSON.stringify(report))
  assert.deepEqual(report.violations, [])
  assert.deepEqual(report.accidents, [])
  assert.ok(report.killsWithOpenRequest > 0)
  assert.ok(report.committed > 100, `${report.committed} transactions`)
})

test('the rules that the drill breaks still stand where it breaks them', t => {
  for (const replacements of Object.values(brokenRules)) {
    const folder = mkdtempSync(join(tmpdir(), 'tidelog-broken-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))

    assert.doesNotThrow(() => breakBuild(folder, replacements))
  }
})
