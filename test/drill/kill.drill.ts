/** kill -9 on the real processes, two hundred times, in ten histories with a seed of their own. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { killDrill } from './kill-drill.ts'

for (let seed = 1; seed <= 10; seed++) {
  test(`twenty kill -9, seed ${seed}: everything acknowledged is there`, async t => {
    const report = await killDrill(seed, 20)

    t.diagnostic(JSON.stringify(report))
    assert.ok(report.killsWithOpenRequest >= 10, JSON.stringify(report))
  })
}
