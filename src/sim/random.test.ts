import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SeededRandom } from './random.ts'

const draws = (random: SeededRandom): number[] =>
  Array.from({ length: 8 }, () => random.below(2 ** 31))

test('one seed gives one sequence, another seed another', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (seed, other) => {
      fc.pre(seed !== other)
      assert.deepEqual(draws(new SeededRandom(seed)), draws(new SeededRandom(seed)))
      assert.notDeepEqual(draws(new SeededRandom(seed)), draws(new SeededRandom(other)))
    }),
  )
})

test('large and negative seeds count in full', () => {
  const sequences = [1, -1, 2 ** 32 + 1, 2 ** 40, Number.MAX_SAFE_INTEGER].map(seed =>
    draws(new SeededRandom(seed)).join(),
  )

  assert.equal(new Set(sequences).size, sequences.length)
})

test('draws are even over the bound, and a rate is kept', () => {
  const random = new SeededRandom(7)
  const counts = new Array<number>(5).fill(0)

  for (let draw = 0; draw < 50_000; draw++) {
    const value = random.below(5)
    counts[value] = (counts[value] ?? 0) + 1
  }
  const hits = Array.from({ length: 50_000 }, () => random.chance(0.02)).filter(Boolean).length

  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 500, `${count} of 10,000`)
  assert.ok(Math.abs(hits - 1_000) < 200, `${hits} of 1,000`)
  assert.throws(() => random.below(0), { message: 'bound must be 1 to 2^31, got 0' })
})

test('a fork by name does not depend on what other forks drew', () => {
  const first = new SeededRandom(3)
  const second = new SeededRandom(3)
  draws(second.fork('disk'))

  assert.deepEqual(draws(first.fork('network')), draws(second.fork('network')))
  assert.notDeepEqual(draws(first.fork('network')), draws(first.fork('disk')))
})

test('a bound that does not divide 2^32 favours no number', () => {
  const random = new SeededRandom(5)
  const bound = 3 * 2 ** 29

  const low = Array.from({ length: 20_000 }, () => random.below(bound)).filter(
    value => value < 2 ** 30,
  ).length

  assert.ok(Math.abs(low / 20_000 - 2 / 3) < 0.03, `${low} of 20,000 in the lower two thirds`)
})
