import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkLedger, hadOpenRequest, longestPause, pulses } from './check-ledger.ts'
import { entryIn, lineOf, linesOf, valueOf, type Acknowledged } from './ledger.ts'

const value = (writer: number, number: number): string => valueOf({ writer, number })

function told(number: number, offset: number): Acknowledged {
  return { partition: 0, number, offset, sentMs: 10 * number, acknowledgedMs: 10 * number + 100 }
}

const kindsIn = (values: readonly string[], acknowledged: readonly Acknowledged[]): string[] =>
  checkLedger([acknowledged], [values]).map(({ kind }) => kind)

describe('the checker of the ledger', () => {
  test('finds nothing wrong with what is right, acknowledged or not', () => {
    const values = [value(0, 0), value(1, 0), value(0, 1)]

    assert.deepEqual(checkLedger([[told(0, 0), told(1, 2)], []], [values]), [])
  })

  test('names what was acknowledged and is not there', () => {
    assert.deepEqual(kindsIn([value(0, 0)], [told(0, 0), told(1, 1)]), ['lost'])
  })

  test('names what stands elsewhere than was told', () => {
    assert.deepEqual(kindsIn([value(1, 0), value(0, 0)], [told(0, 0)]), ['inconsistent offset'])
  })

  test('names what stands twice', () => {
    assert.deepEqual(kindsIn([value(0, 0), value(0, 1), value(0, 0)], []), ['duplicate'])
  })

  test('names what stands behind what was sent later', () => {
    assert.deepEqual(kindsIn([value(0, 0), value(0, 2), value(0, 1)], []), ['gap', 'reordered'])
  })

  test('names bytes that nobody has written', () => {
    assert.deepEqual(kindsIn([`${value(0, 0)}!`], []), ['stranger'])
  })
})

describe('the time between acknowledgements', () => {
  const [pulse = []] = pulses([[told(0, 0), told(1, 1), told(9, 2), told(10, 3)]], 1)

  test('is the longest of those that were over after a fault, and before the next one', () => {
    assert.deepEqual(pulse, [100, 110, 190, 200])
    assert.equal(longestPause(pulse, 120, 195), 80)
    assert.equal(longestPause(pulse, 120, 180), 0)
    assert.equal(longestPause(pulse, 191, Infinity), 10)
  })

  test('a request is open from when it was sent, which is some time after it was meant, until its answer', () => {
    const writers = [[told(0, 0)]]

    assert.deepEqual(
      [10, 60, 110].map(atMs => hadOpenRequest(writers, atMs)),
      [false, true, false],
    )
  })
})

describe('the journal of a writer', () => {
  test('is read as it was written, up to a line that was cut short', () => {
    const text = [told(0, 0), told(1, 7)].map(lineOf).join('')

    assert.deepEqual(linesOf(`${text}0 2`), {
      acknowledged: [told(0, 0), told(1, 7)],
      failures: [],
    })
    assert.deepEqual(linesOf('record 3 of partition 1 failed with X\n').failures.length, 1)
  })

  test('a value tells its writer and number, and shows when a byte of it has changed', () => {
    assert.deepEqual(entryIn(value(2, 77)), { writer: 2, number: 77 })
    assert.equal(entryIn(value(2, 77).replace('.', ',')), undefined)
  })
})
