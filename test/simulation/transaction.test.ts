import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { differenceOf } from '../../src/sim/index.ts'
import { transactionHistory } from './transaction/history.ts'

const SEEDS = 100
/** Of so many one is run twice: a history that does not repeat proves nothing. */
const TWICE_EVERY = 10

for (let seed = 1; seed <= SEEDS; seed += 1) {
  test(`transactions are whole whatever happens to their coordinator, seed ${seed}`, async () => {
    const trace = await transactionHistory(seed)

    if (seed % TWICE_EVERY === 0) {
      assert.equal(differenceOf(trace, await transactionHistory(seed)), undefined)
    }
  })
}
