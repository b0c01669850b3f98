import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compare, isExact, tableOf, totalOf } from '../../examples/balance/comparison.ts'

test('balances that are the running sums of their transactions are exact', () => {
  const comparison = compare([[5, -3], []], [[5, 2], []]) // prettier-ignore

  assert.ok(isExact(comparison))
})

test('a balance that is missing makes it wrong, and what is left at the end is off', () => {
  const comparison = compare([[5, -3, 4]], [[5, 2]])

  assert.ok(!isExact(comparison))
  assert.deepEqual(comparison, [
    { account: 0, transactions: 3, balances: 2, wrong: 1, surplus: 0, off: -4 },
  ])
})

test('a balance that was written twice moves all behind it', () => {
  const [account] = compare([[5, -3, 4]], [[5, 5, 2, 6]])

  assert.deepEqual([account?.wrong, account?.surplus, account?.off], [2, 1, 0])
})

test('the distances of all accounts are added, whatever their direction', () => {
  const comparison = compare([[5], [5]], [[3], [7]]) // prettier-ignore

  assert.equal(totalOf(comparison).off, 4)
  assert.match(tableOf(comparison), /^ +all +2 +2 +2 +0 +4$/m)
})
