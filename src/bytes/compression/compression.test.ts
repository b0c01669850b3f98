import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { ProtocolError } from '../protocol-error.ts'
import { CompressionCodec, codecName } from './codec.ts'
import { compress, decompress, decompressAll } from './compression.ts'
import { xxhash32 } from './lz4/xxhash32.ts'
import { gunzipInPieces } from './gzip/gzip.ts'
import { inflate } from './gzip/inflate.ts'
import { LsbBits } from './gzip/lsb-bits.ts'
import { decodeZstd } from './zstd/decoder.ts'
import { outlineOfZstd } from './zstd/frames.ts'

const CODECS = Object.values(CompressionCodec)
const MIB = 1024 * 1024

/** Compressible, but not into nothing. */
function text(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes)
  for (let index = 0; index < sizeBytes; index += 1) {
    bytes[index] = 97 + ((index * index + (index >> 5)) % 23)
  }
  return bytes
}

function roundTrip(codec: number, bytes: Buffer): Buffer {
  return decompressAll(codec, compress(codec, bytes), { maxBytes: bytes.length })
}

for (const codec of CODECS) {
  const name = codecName(codec)

  test(`${name}: what was compressed is decompressed, whatever its size`, () => {
    for (const sizeBytes of [0, 1, 100, 32_768, 65_536, 65_537, 300_000]) {
      assert.ok(roundTrip(codec, text(sizeBytes)).equals(text(sizeBytes)), `${sizeBytes} bytes`)
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), array => {
        const bytes = Buffer.from(array)
        assert.ok(roundTrip(codec, bytes).equals(bytes))
      }),
      { numRuns: 50 },
    )
  })

  if (codec === CompressionCodec.NONE) continue

  test(`${name}: every truncation is a ProtocolError or decompresses to less`, () => {
    const packed = compress(codec, text(70_000))
    const cuts = Array.from({ length: 200 }, (_, index) =>
      Math.floor((packed.length * index) / 200),
    )
    for (const cut of cuts) {
      const attempt = () => decompressAll(codec, packed.subarray(0, cut), { maxBytes: MIB })
      assert.equal(isCutFound(attempt, 70_000), true, `cut at ${cut} of ${packed.length}`)
    }
  })

  test(`${name}: output over the limit is refused`, () => {
    const packed = compress(codec, text(100_000))

    assert.throws(() => decompressAll(codec, packed, { maxBytes: 99_999 }), /more than 99999 bytes/)
  })

  test(`${name}: no garbage ends in anything but a ProtocolError`, () => {
    const head = compress(codec, text(5_000)).subarray(0, 20)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(20), (garbage, kept) => {
        const bytes = Buffer.concat([head.subarray(0, kept), garbage])
        try {
          decompressAll(codec, bytes, { maxBytes: MIB })
        } catch (error) {
          assert.ok(error instanceof ProtocolError, String(error))
        }
      }),
    )
  })
}

function isCutFound(attempt: () => Buffer, wholeBytes: number): boolean {
  try {
    return attempt().length < wholeBytes
  } catch (error) {
    return error instanceof ProtocolError
  }
}

test('codecs 5 to 7 fit into the attributes but do not exist', () => {
  assert.throws(() => decompress(7, Buffer.alloc(4), { maxBytes: 10 }), ProtocolError)
  assert.throws(() => compress(5, Buffer.alloc(4)), ProtocolError)
  assert.equal(codecName(7), undefined)
})

test('gzip reads members that follow one another, as Java does', () => {
  const two = Buffer.concat([compress(1, Buffer.from('one ')), compress(1, Buffer.from('two'))])

  assert.equal(decompressAll(1, two, { maxBytes: 100 }).toString(), 'one two')
})

test('snappy is read raw, as librdkafka writes it, and in concatenated xerial streams', () => {
  const framed = compress(2, Buffer.from('one '))
  const raw = framed.subarray(20)
  const both = Buffer.concat([framed, compress(2, Buffer.from('two'))])

  assert.equal(decompressAll(2, raw, { maxBytes: 100 }).toString(), 'one ')
  assert.equal(decompressAll(2, both, { maxBytes: 100 }).toString(), 'one two')
})

test('a snappy block that claims 2 GB is refused without allocating them', () => {
  const claim = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x07, 1, 2, 3])

  assert.throws(() => decompressAll(2, claim, { maxBytes: 2 ** 31 }), /claims to hold 2147483647/)
})

test('xxHash32 agrees with its published values', () => {
  assert.equal(xxhash32(Buffer.alloc(0)), 0x02cc5d05)
  assert.equal(xxhash32(Buffer.from('abc')), 0x32d153ff)
  assert.equal(xxhash32(Buffer.from('Nobody inspects the spammish repetition')), 0xe2293b2f)
})

test('an lz4 frame with a wrong header checksum is read only where old writers broke it', () => {
  const broken = compress(3, Buffer.from('value'), { lz4HeaderChecksum: 'broken' })
  const read = (headerChecksum: 'right' | 'broken') =>
    decompressAll(3, broken, { maxBytes: 100, lz4: { headerChecksum } }).toString()

  assert.equal(read('broken'), 'value')
  assert.throws(() => read('right'), /header checksum/)
})

test('lz4 blocks that refer to the one before are read, or refused as Java does', () => {
  const { frame, content } = linkedFrame()

  assert.ok(decompressAll(3, frame, { maxBytes: MIB }).equals(content))
  assert.throws(
    () => decompressAll(3, frame, { maxBytes: MIB, lz4: { linkedBlocks: 'refused' } }),
    /linked blocks/,
  )
})

test('a flipped bit in an lz4 block with a checksum is found', () => {
  const { frame } = linkedFrame()
  frame[frame.length - 12] = (frame[frame.length - 12] ?? 0) ^ 1

  assert.throws(() => decompressAll(3, frame, { maxBytes: MIB }), ProtocolError)
})

/**
 * Two linked blocks by hand: ten literals; then a match of 14 bytes, ten back, into the first
 * block, and the five literals that a block has to end with.
 */
function linkedFrame() {
  const header = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x50, 0x40, 0])
  header[6] = (xxhash32(header, 4, 6) >>> 8) & 0xff
  const blocks = [
    Buffer.concat([Buffer.from([0xa0]), Buffer.from('abcdefghij')]),
    Buffer.concat([Buffer.from([0x0a, 10, 0, 0x50]), Buffer.from('12345')]),
  ]
  const parts = blocks.flatMap(block => [le32(block.length), block, le32(xxhash32(block))])
  return {
    frame: Buffer.concat([header, ...parts, le32(0)]),
    content: Buffer.from('abcdefghijabcdefghijabcd12345'),
  }
}

function le32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

test('the bound of zstd output is never below what comes out', () => {
  for (const sizeBytes of [0, 1, 1_000, 131_072, 300_000]) {
    const packed = compress(4, text(sizeBytes))
    assert.ok(outlineOfZstd(packed).boundBytes >= sizeBytes, `${sizeBytes} bytes`)
  }
})

test('a zstd frame that claims 1 TB is refused before anything is decoded', () => {
  const claim = Buffer.from('28b52ffde00000000000010000010000', 'hex')

  assert.throws(() => outlineOfZstd(claim), /window of 1099511627776 bytes/)
})

test('zstd frames are walked over skippable ones and through every header form', () => {
  const skippable = Buffer.from('502a4d18030000000a0b0c', 'hex')
  const packed = compress(4, Buffer.from('value'))
  const read = decompressAll(4, Buffer.concat([skippable, packed, packed]), { maxBytes: MIB })

  assert.equal(read.toString(), 'valuevalue')
})

const LIBRARY_AND_OWN = [
  { name: 'gzip', codec: 1, levels: [0, 1, 6, 9], decode: gunzipInPieces },
  { name: 'zstd', codec: 4, levels: [-3, 1, 3, 9, 19], decode: decodeZstd },
]
const KINDS = {
  text,
  zeros: (sizeBytes: number) => Buffer.alloc(sizeBytes),
  noise: (sizeBytes: number) => {
    const bytes = Buffer.alloc(sizeBytes)
    for (let index = 0, value = 1; index < sizeBytes; index += 1) {
      value = (Math.imul(value, 1103515245) + 12345) & 0x7fffffff
      bytes[index] = value >> 16
    }
    return bytes
  },
  lines: (sizeBytes: number) =>
    Buffer.from(
      Array.from(
        { length: sizeBytes / 30 + 1 },
        (_, index) => `{"id":${index},"rest":${index % 7}}\n`,
      ).join(''),
    ).subarray(0, sizeBytes),
}

for (const { name, codec, levels, decode } of LIBRARY_AND_OWN) {
  test(`our ${name} decoder reads what the library writes, at every level`, () => {
    for (const [kind, make] of Object.entries(KINDS)) {
      for (const level of levels) {
        for (const sizeBytes of [0, 1, 7, 300, 20_000, 140_000, 400_000]) {
          const bytes = make(sizeBytes)
          const pieces = [...decode(compress(codec, bytes, { level }))]
          assert.ok(
            Buffer.concat(pieces).equals(bytes),
            `${kind}, level ${level}, ${sizeBytes} bytes`,
          )
        }
      }
    }
  })

  test(`our ${name} decoder refuses every cut, and accepts no damage that the library refuses`, () => {
    const library = (bytes: Buffer) =>
      outcomeOf(() => decompressAll(codec, bytes, { maxBytes: MIB }))
    const packed = compress(codec, KINDS.lines(3_000))
    for (let cut = 1; cut < packed.length; cut += 1) {
      assert.throws(() => [...decode(packed.subarray(0, cut))], ProtocolError, `cut at ${cut}`)
    }
    fc.assert(
      fc.property(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const broken = Buffer.from(packed)
        broken[at] = (broken[at] ?? 0) ^ change
        const ours = outcomeOf(() => Buffer.concat([...decode(broken)]))
        // The library may be laxer about bits that are reserved, never stricter.
        if (ours !== undefined) assert.ok(library(broken)?.equals(ours), `byte ${at} ^ ${change}`)
      }),
      { numRuns: 3_000 },
    )
  })

  test(`${name} beyond one piece is given in many small ones, up to the limit`, () => {
    const bytes = KINDS.zeros(20 * MIB)
    const packed = compress(codec, bytes)
    let [largest, sum] = [0, 0]
    const pieces = decompress(codec, packed, { maxBytes: 20 * MIB })
    for (let next = pieces.next(); next.done !== true; next = pieces.next()) {
      largest = Math.max(largest, next.value.length)
      sum += next.value.length
    }

    assert.equal(sum, 20 * MIB)
    assert.ok(largest <= 256 * 1024, `${largest} bytes at once`)
    assert.throws(() => decompressAll(codec, packed, { maxBytes: 19 * MIB }), /more than 19922944/)
  })
}

/** `undefined` for broken input; any error but a ProtocolError fails the test. */
function outcomeOf(decode: () => Buffer): Buffer | undefined {
  try {
    return decode()
  } catch (error) {
    assert.ok(error instanceof ProtocolError, String(error))
    return undefined
  }
}

test('matches from before the beginning, as of a dictionary we lack, are refused', () => {
  const dictionary = Buffer.from('the quick brown fox jumps over the lazy dog ')
  const deflated = deflateRawSync('the quick brown fox again', { dictionary })
  // By the zstd library, with the same kind of dictionary and no mention of it.
  const framed = Buffer.from('28b52ffd20467d000030616761696e2c02000e4357cf5440', 'hex')

  assert.throws(() => [...inflate(new LsbBits(deflated, 0))], /bytes back/)
  assert.throws(() => [...decodeZstd(framed)], /bytes back/)
})

test('a gzip trailer is believed in neither checksum nor size', () => {
  for (const fromEnd of [1, 4, 5, 8]) {
    const packed = compress(1, Buffer.from('value'))
    const at = packed.length - fromEnd
    packed[at] = (packed[at] ?? 0) ^ 1
    assert.throws(() => [...gunzipInPieces(packed)], /checksum or size/, `${fromEnd} from the end`)
  }
})

test('deflate codes of which there are too many are refused', () => {
  // Last block, of type 2; 4 lengths of the code of code lengths follow: 1, 1, 1, 0.
  const bits = '1' + '01' + '00000' + '00000' + '0000' + '100' + '100' + '100' + '000'
  const bytes = bits.match(/.{1,8}/g) ?? []
  const packed = Buffer.from(bytes.map(byte => parseInt(Array.from(byte).reverse().join(''), 2)))

  assert.throws(() => [...inflate(new LsbBits(packed, 0))], /more than there can be/)
})

test('a gzip header with every field that may stand in it is passed over', () => {
  const plain = compress(1, Buffer.from('value'))
  const fields = Buffer.from('03000a0b0c6e616d6500636f6d6d656e74001234', 'hex')
  const bytes = Buffer.concat([plain.subarray(0, 10), fields, plain.subarray(10)])
  bytes[3] = 0x1e

  assert.equal(Buffer.concat([...gunzipInPieces(bytes)]).toString(), 'value')
})

test('lz4 levels other than the default search further, and are read like any', () => {
  const bytes = KINDS.lines(200_000)
  const sizes = [1, 4, 9, 12, 17].map(level => {
    const packed = compress(3, bytes, { level })
    assert.ok(decompressAll(3, packed, { maxBytes: bytes.length }).equals(bytes), `level ${level}`)
    return packed.length
  })

  const [lowest = 0, low = 0, fast = 0, high = 0, highest = 0] = sizes
  assert.ok(low <= lowest && high <= low && highest <= high && highest < fast, sizes.join(' '))
  fc.assert(
    fc.property(
      fc.uint8Array({ max: 3, maxLength: 300 }),
      fc.integer({ min: 1, max: 17 }),
      (array, level) => {
        const few = Buffer.from(array)
        assert.ok(decompressAll(3, compress(3, few, { level }), { maxBytes: 300 }).equals(few))
      },
    ),
  )
})

test('levels are heard: the strongest gzip and zstd are not larger than the weakest', () => {
  const bytes = text(100_000)

  assert.ok(compress(1, bytes, { level: 9 }).length < compress(1, bytes, { level: 1 }).length)
  assert.ok(compress(4, bytes, { level: 19 }).length < compress(4, bytes, { level: 1 }).length)
})
