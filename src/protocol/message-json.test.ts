import assert from 'node:assert/strict'
import { test } from 'node:test'
import { float64, int64Exact, message, nullable, string, struct, tagged } from './language.ts'
import { decode, encode } from './codec.ts'
import { messageJson } from './message-json.ts'

const Example = message({
  name: 'Example',
  versions: [0, 0],
  flexible: 0,
  fields: {
    size: int64Exact,
    share: float64,
    text: string,
    note: tagged(0, 0, nullable(string)),
    inner: tagged(1, 0, nullable(struct({ name: string }))),
  },
})
const plain = { size: 2n ** 62n, share: 1, text: '\u001f', note: null, inner: { name: '' } }

test('tagged fields are shown when they are not the default', () => {
  const start = `{"size":4611686018427387904,"share":1.0,"text":"\\u001F"`

  assert.equal(messageJson(Example, 0, plain), `${start}}`)
  assert.equal(messageJson(Example, 0, { ...plain, note: '' }), `${start},"note":""}`)
})

test('a tagged struct that is not there is an empty one, and null is written and shown', () => {
  const isNull = { ...plain, inner: null }

  assert.deepEqual(decode(Example, 0, encode(Example, 0, isNull)), isNull)
  assert.deepEqual(decode(Example, 0, encode(Example, 0, plain)), plain)
  assert.ok(encode(Example, 0, isNull).length > encode(Example, 0, plain).length)
  assert.match(messageJson(Example, 0, isNull), /"inner":null\}$/)
})
