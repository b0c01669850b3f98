import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { differenceOf } from '../../src/sim/index.ts'
import { cleanerHistory } from './cleaner/history.ts'

const SEEDS = 80
/** Of so many one is run twice: a history that does not repeat proves nothing. */
const TWICE_EVERY = 10

for (let seed = 1; seed <= SEEDS; seed += 1) {
  test(`compaction keeps the last of each key through kills and power cuts, seed ${seed}`, async () => {
    const trace = await cleanerHistory(seed)

    if (seed % TWICE_EVERY === 0) {
      assert.equal(differenceOf(trace, await cleanerHistory(seed)), undefined)
    }
  })
}
