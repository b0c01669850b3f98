import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { differenceOf } from '../../src/sim/index.ts'
import { brokenRules, searchBroken } from './cluster/broken-builds.ts'
import { clusterHistory } from './cluster/history.ts'

const SEEDS = 4
/** Of so many one is run twice: a history that does not repeat proves nothing. */
const TWICE_EVERY = 4

for (let seed = 1; seed <= SEEDS; seed += 1) {
  test(`three brokers keep what they acknowledged whatever befalls them, seed ${seed}`, async () => {
    const trace = await clusterHistory(seed)

    if (seed % TWICE_EVERY === 0) {
      assert.equal(differenceOf(trace, await clusterHistory(seed)), undefined)
    }
  })
}

test('a controller takes over though the answer to its first write is lost', () =>
  clusterHistory(6088).then(() => undefined))

/** The first seeds that show it: `npm run sim -- cluster --broken` finds them when histories have changed. */
const shownBy: Readonly<Record<string, number>> = {
  'acknowledge before the ISR has it': 18,
  'truncate by high watermark': 9,
  'elect outside the ISR': 228,
  'forget an epoch at restart': 1,
}

for (const rule of Object.keys(brokenRules)) {
  test(`a broken build shows it: ${rule}`, () => {
    const from = shownBy[rule]
    assert.ok(from !== undefined)

    assert.match(searchBroken(rule, { from, count: 1 }) ?? 'all hold', /fails/)
  })
}
