import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NodeRandom } from './random.ts'

test('numbers stay below the bound and reach every value', () => {
  const random = new NodeRandom()
  const seen = new Set<number>()

  for (let draw = 0; draw < 1_000; draw++) seen.add(random.below(7))

  assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 4, 5, 6])
  assert.equal(random.below(1), 0)
  assert.ok(random.below(2 ** 31) < 2 ** 31)
  for (const bound of [0, -1, 2 ** 31 + 1, Number.NaN]) {
    assert.throws(() => random.below(bound), { name: 'RangeError' })
  }
})

test('bytes are never handed out twice, and keep their value', () => {
  const random = new NodeRandom()
  const blocks = Array.from({ length: 2_000 }, () => random.bytes(16))

  assert.equal(new Set(blocks.map(block => block.toString('hex'))).size, blocks.length)
  assert.equal(random.bytes(100_000).length, 100_000)
})

test('a bound that does not divide 2^32 favours no number', () => {
  const random = new NodeRandom()
  const bound = 3 * 2 ** 29

  const low = Array.from({ length: 20_000 }, () => random.below(bound)).filter(
    value => value < 2 ** 30,
  ).length

  assert.ok(Math.abs(low / 20_000 - 2 / 3) < 0.03, `${low} of 20,000 in the lower two thirds`)
})
