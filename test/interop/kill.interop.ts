/** kill -9 on the real processes, twenty times; `npm run test:drill` does it two hundred times. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { killDrill } from '../drill/kill-drill.ts'

test('twenty kill -9: every acknowledged record and commit is there after the restart', async t => {
  const report = await killDrill(20_260_101, 20)

  t.diagnostic(JSON.stringify(report))
  assert.ok(report.killsWithOpenRequest >= 10, JSON.stringify(report))
  assert.ok(report.acknowledgedRecords > 1_000, JSON.stringify(report))
  assert.ok(report.acknowledgedCommits > 20, JSON.stringify(report))
})
