import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Writer } from './writer.ts'

test('attached bytes stand in their place, by reference', () => {
  const writer = new Writer(4)
  const records = Buffer.from('records')
  writer.int16(1)
  writer.attach(records)
  writer.int32(2)

  const parts = writer.parts()

  assert.equal(parts[1], records)
  assert.deepEqual(Buffer.concat(parts as Buffer[]), Buffer.from('\x00\x01records\x00\x00\x00\x02'))
})

test('a place left open is filled, even when the buffer grew after something was attached', () => {
  const writer = new Writer(8)
  const at = writer.reserveInt32()
  writer.attach(Buffer.from('x'))
  writer.bytes(Buffer.alloc(1000))
  writer.patchInt32(at, writer.sizeBytes - 4)

  assert.equal(writer.finish().readInt32BE(0), 1001)
})
