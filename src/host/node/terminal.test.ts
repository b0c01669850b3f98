import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DescriptorOutput, type WriteBytes } from './terminal.ts'

/** A reader that takes at most `atMost` bytes a call, when told to. */
function slowReader(atMost: number) {
  const calls: { bytes: Buffer; done: Parameters<WriteBytes>[2] }[] = []
  let text = ''
  return {
    write: ((_fd, bytes, done) => calls.push({ bytes, done })) as WriteBytes,
    get text() {
      return text
    },
    take() {
      const call = calls.shift()
      if (call === undefined) return false
      const taken = call.bytes.subarray(0, atMost)
      text += taken.toString()
      call.done(null, taken.length)
      return true
    },
    fail(code: string) {
      calls.shift()?.done(Object.assign(new Error(code), { code }), 0)
    },
  }
}

test('what is written arrives in order, however little is taken at a time', async () => {
  const reader = slowReader(3)
  const output = new DescriptorOutput(1, reader.write)
  output.write('one ')
  output.write(Buffer.from('two '))
  output.write('three')
  const flushed = output.flushed()

  while (reader.take());

  await flushed
  assert.equal(reader.text, 'one two three')
})

test('a reader who went away ends the waiting, and what is written then is dropped', async () => {
  const reader = slowReader(3)
  const output = new DescriptorOutput(1, reader.write)
  output.write('x'.repeat(300 * 1024))
  const drained = output.drained()

  reader.fail('EPIPE')
  output.write('nobody reads this')

  await drained
  await output.flushed()
  assert.equal(output.isBroken, true)
  assert.equal(reader.take(), false)
})
