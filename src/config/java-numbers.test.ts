import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatJavaDouble } from '../bytes/index.ts'
import { DOUBLE_MAX, LONG_MAX, parseJavaDouble, parseJavaInteger } from './java-numbers.ts'

test('integers are what Java parses: a sign, digits, and within the type', () => {
  assert.equal(parseJavaInteger('+007', 'INT'), 7n)
  assert.equal(parseJavaInteger('-32768', 'SHORT'), -32768n)
  assert.equal(parseJavaInteger('9223372036854775807', 'LONG'), LONG_MAX)
  for (const text of ['', '-', '1.0', '0x10', ' 1', '1e3', '1_000', '2147483648']) {
    assert.equal(parseJavaInteger(text, 'INT'), undefined, text)
  }
  assert.equal(parseJavaInteger('9223372036854775808', 'LONG'), undefined)
  assert.equal(parseJavaInteger('9'.repeat(10_000), 'LONG'), undefined)
})

test('doubles are what Java parses', () => {
  assert.equal(parseJavaDouble('.5'), 0.5)
  assert.equal(parseJavaDouble('5.'), 5)
  assert.equal(parseJavaDouble('-1e3d'), -1000)
  assert.equal(parseJavaDouble('-Infinity'), -Infinity)
  for (const text of ['', 'e3', '1,5', 'inf', 'NaNd', '.']) {
    assert.equal(parseJavaDouble(text), undefined, text)
  }
})

test('doubles print as Double.toString prints them', () => {
  const cases: readonly (readonly [number, string])[] = [
    [1, '1.0'],
    [0.5, '0.5'],
    [-0, '-0.0'],
    [1e7, '1.0E7'],
    [9999999, '9999999.0'],
    [1.5e-4, '1.5E-4'],
    [0.001, '0.001'],
    [DOUBLE_MAX, '1.7976931348623157E308'],
  ]
  for (const [value, text] of cases) assert.equal(formatJavaDouble(value), text)
})
