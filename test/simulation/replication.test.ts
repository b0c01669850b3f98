import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { differenceOf } from '../../src/sim/index.ts'
import { replicationHistory } from './replication/history.ts'
import type { Breakage } from './replication/world.ts'

const SEEDS = 40
/** Of so many one is run twice: a history that does not repeat proves nothing. */
const TWICE_EVERY = 10
/** In how many histories a broken rule must have shown at the latest. */
const SEEDS_TO_NOTICE = 60

for (let seed = 1; seed <= SEEDS; seed += 1) {
  test(`replicas keep what they acknowledged through crashes and elections, seed ${seed}`, async () => {
    const trace = await replicationHistory(seed)

    if (seed % TWICE_EVERY === 0) {
      assert.equal(differenceOf(trace, await replicationHistory(seed)), undefined)
    }
  })
}

const breakages: Breakage[] = ['acknowledge-early', 'truncate-by-high-watermark', 'elect-unclean']
for (const breakage of breakages) {
  test(`a cluster that is broken shows it: ${breakage}`, async () => {
    for (let seed = 1; seed <= SEEDS_TO_NOTICE; seed += 1) {
      try {
        await replicationHistory(seed, breakage)
      } catch (error) {
        assert.ok(error instanceof assert.AssertionError, String(error))
        return
      }
    }
    assert.fail(`${SEEDS_TO_NOTICE} histories did not show it`)
  })
}
