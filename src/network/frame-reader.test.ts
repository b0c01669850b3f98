import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { ProtocolError } from '../bytes/index.ts'
import { BufferPool } from '../bytes/index.ts'
import { FrameReader } from './frame-reader.ts'

function framed(payloads: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    payloads.flatMap(payload => {
      const size = Buffer.alloc(4)
      size.writeInt32BE(payload.length)
      return [size, Buffer.from(payload)]
    }),
  )
}

function collect(options: { maxFrameBytes?: number; pauseAfterEach?: boolean } = {}) {
  const frames: Buffer[] = []
  const reader = new FrameReader({
    pool: new BufferPool(),
    minFrameBytes: 0,
    maxFrameBytes: options.maxFrameBytes ?? 1_000_000,
    onFrame: frame => {
      frames.push(Buffer.from(frame))
      if (options.pauseAfterEach === true) reader.pause()
    },
  })
  return { frames, reader }
}

test('frames come out whole and in order, however the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 }),
      fc.boolean(),
      (payloads, cuts, pauseAfterEach) => {
        const stream = framed(payloads)
        const { frames, reader } = collect({ pauseAfterEach })

        for (let at = 0, nth = 0; at < stream.length; nth += 1) {
          const chunk = Buffer.from(stream.subarray(at, at + (cuts[nth % cuts.length] ?? 1)))
          at += chunk.length
          reader.push(chunk)
          chunk.fill(0xee) // the receive buffer is used again
        }
        for (let nth = 0; nth <= payloads.length; nth += 1) reader.resume()

        assert.deepEqual(
          frames,
          payloads.map(payload => Buffer.from(payload)),
        )
        assert.equal(reader.isMidFrame, false)
      },
    ),
  )
})

test('a frame much larger than a chunk grows with what arrives', () => {
  const payload = Buffer.alloc(3_000_000, 7)
  const stream = framed([payload])
  const { frames, reader } = collect({ maxFrameBytes: 4_000_000 })

  for (let at = 0; at < stream.length; at += 65_536) reader.push(stream.subarray(at, at + 65_536))

  assert.equal(frames.length, 1)
  assert.ok(frames[0]?.equals(payload))
})

test('a large frame may be kept: the next one lies elsewhere', () => {
  const kept: Buffer[] = []
  const reader = new FrameReader({
    ...{ pool: new BufferPool(), minFrameBytes: 0, maxFrameBytes: 4_000_000 },
    onFrame: (frame, mayKeep) => kept.push(mayKeep ? frame : Buffer.from(frame)),
  })
  const payloads = [1, 2, 3].map(fill => Buffer.alloc(fill * 1_200_000, fill))
  const stream = framed(payloads)

  for (let at = 0; at < stream.length; at += 65_536) reader.push(stream.subarray(at, at + 65_536))

  assert.ok(kept.every((frame, nth) => payloads[nth]?.equals(frame)))
})

for (const size of [-1, -0x8000_0000, 0x7fff_ffff, 101]) {
  test(`a frame of ${size} bytes is refused before anything is kept of it`, () => {
    const { reader } = collect({ maxFrameBytes: 100 })
    const field = Buffer.alloc(4)
    field.writeInt32BE(size)

    assert.throws(() => reader.push(field), ProtocolError)
  })
}
