import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { differenceOf } from '../../src/sim/index.ts'
import { clusterHistory } from './cluster/history.ts'

const SEEDS = 6
/** Of so many one is run twice: a history that does not repeat proves nothing. */
const TWICE_EVERY = 6

for (let seed = 1; seed <= SEEDS; seed += 1) {
  test(`three brokers keep what they acknowledged whatever befalls them, seed ${seed}`, async () => {
    const trace = await clusterHistory(seed)

    if (seed % TWICE_EVERY === 0) {
      assert.equal(differenceOf(trace, await clusterHistory(seed)), undefined)
    }
  })
}
