/** The example `examples/balance`: its calculators under kills, as its users run them. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { isExact, totalOf } from '../../examples/balance/comparison.ts'
import { drill } from '../../examples/balance/drill.ts'
import { startSubject } from '../peers/subject.ts'

/** The exact calculator stays exact; the naive one does not, which shows that the kills have hit. */
export async function drillBalances(t: TestContext, kills: number): Promise<void> {
  const subject = await startSubject()
  t.after(() => subject.dispose())
  const bootstrapServers = subject.bootstrap

  const naive = await drill({ bootstrapServers, kills, calculator: 'naive' })
  const exact = await drill({ bootstrapServers, kills, calculator: 'exact' })

  t.diagnostic(JSON.stringify({ kills, naive: totalOf(naive.comparison), exact: totalOf(exact.comparison) })) // prettier-ignore
  assert.ok(totalOf(naive.comparison).wrong > 0)
  assert.ok(isExact(exact.comparison), JSON.stringify(exact.comparison))
  assert.ok(totalOf(exact.comparison).transactions > kills)
}
