import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { projectRoot } from '../peers/cache.ts'
import { play } from '../txn/scenario.ts'

test('transactions: what the scenario says is what comes out', () => {
  const script = readFileSync(join(projectRoot, 'test', 'scenarios', 'transactions.txt'), 'utf8')

  assert.equal(play(script), script)
})
