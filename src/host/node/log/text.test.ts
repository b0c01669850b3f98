import assert from 'node:assert/strict'
import { test } from 'node:test'
import { messageOf } from './text.ts'

test('fields follow the event as key=value, quoted only where a value would be ambiguous', () => {
  const fields = {
    topic: 'orders',
    partition: 3,
    from: [1, 2],
    note: 'two words',
    empty: '',
    none: null,
  }

  assert.equal(
    messageOf('isr shrunk', { ...fields, skipped: undefined, offset: 9223372036854775807n }),
    'isr shrunk topic=orders partition=3 from=[1,2] note="two words" empty="" none=null offset=9223372036854775807',
  )
})

test('control characters of strangers stay visible and start no line of their own', () => {
  const clientId = 'x\r\n[2026-01-01 00:00:00,000] INFO forged (root)\u001b[31m\u2028\u202e'

  const message = messageOf(`closing ${clientId}`, { clientId })

  // eslint-disable-next-line no-control-regex
  assert.doesNotMatch(message, /[\0-\x1f\u2028\u202e]/)
  assert.ok(message.startsWith('closing x\\r\\n[2026'))
  assert.ok(message.includes('\\u001b[31m\\u2028\\u202e'))
})

test('an error is printed with its frames and causes on the following lines, as Java does', () => {
  const cause = Object.assign(new Error('disk\nfull'), { name: 'StorageError' })
  cause.stack = 'Error: disk\nfull\n    at write (a.ts:1:2)'
  const error = new TypeError('cannot append', { cause })
  error.stack = 'TypeError: cannot append\n    at append (b.ts:3:4)\n    at run (c.ts:5:6)'

  assert.equal(
    messageOf('append failed', { partition: 1, error }),
    [
      'append failed partition=1',
      'TypeError: cannot append',
      '\tat append (b.ts:3:4)',
      '\tat run (c.ts:5:6)',
      'Caused by: StorageError: disk\\nfull',
      '\tat write (a.ts:1:2)',
    ].join('\n'),
  )
})

test('a message that looks like stack frames adds none', () => {
  const error = new Error('bad name\n    at forged (evil.ts:1:1)')
  error.stack = `Error: ${error.message}\n    at real (d.ts:7:8)`

  assert.equal(
    messageOf('refused', { error }),
    'refused\nError: bad name\\n    at forged (evil.ts:1:1)\n\tat real (d.ts:7:8)',
  )
})

test('a circle of causes ends', () => {
  const error = new Error('first')
  error.cause = error

  assert.equal(messageOf('odd', { error }).match(/Caused by/g)?.length, 9)
})

test('lines are printed one by one, indented, and a long value is cut', () => {
  assert.equal(
    messageOf('KafkaConfig values:', { lines: ['broker.id = 0', 'evil = a\nb'] }),
    'KafkaConfig values:\n\tbroker.id = 0\n\tevil = a\\nb',
  )
  assert.equal(messageOf('long', { value: 'a'.repeat(5_000) }).length, 'long value='.length + 2_003)
})
