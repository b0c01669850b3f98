/**
 * A decoder for deflate (RFC 1951) that gives its output piece by piece: for content that is too
 * large to have in one piece. Node's zlib is several times faster, but can be asked for pieces only
 * asynchronously.
 */
import { ProtocolError } from '../../protocol-error.ts'
import { copyMatch } from '../copy-match.ts'
import { LsbBits } from './lsb-bits.ts'

const WINDOW_BYTES = 32 * 1024
const PIECE_BYTES = 128 * 1024
const MAX_MATCH = 258
const END_OF_BLOCK = 256
/** In this order stand the lengths of the code that codes the lengths of the codes. */
const LENGTH_CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

// Extra bits of a code; its first value is the sum of what the codes before it span. The last
// length has a code of its own.
const RANGED_LENGTH_BITS = spread([
  [8, 0],
  [4, 1],
  [4, 2],
  [4, 3],
  [4, 4],
  [4, 5],
])
const LENGTH_BITS = [...RANGED_LENGTH_BITS, 0]
const LENGTH_BASES = [...basesOf(RANGED_LENGTH_BITS, 3), MAX_MATCH]
const DISTANCE_BITS = [0, 0, 0, 0, ...Array.from({ length: 26 }, (_, index) => (index >> 1) + 1)]
const DISTANCE_BASES = basesOf(DISTANCE_BITS, 1)

function spread(runs: readonly (readonly [count: number, value: number])[]): number[] {
  return runs.flatMap(([count, value]) => new Array<number>(count).fill(value))
}
function basesOf(bits: readonly number[], first: number): number[] {
  let base = first
  return bits.map(count => {
    const own = base
    base += 2 ** count
    return own
  })
}

/** By the next `maxBits` bits: symbol times 16, plus the length of its code; 0: no code. */
interface HuffmanTable {
  readonly maxBits: number
  readonly entries: Uint16Array
}

/** Decodes the deflate stream that begins at `bits`, and leaves `bits` at its end. Pieces stay valid. */
export function* inflate(bits: LsbBits): Generator<Buffer, void, undefined> {
  const output = new Inflated()
  for (let isLast = false; !isLast;) {
    isLast = bits.read(1) === 1
    const type = bits.read(2)
    if (type === 0) yield* copyStored(bits, output)
    else if (type === 1) yield* decodeBlock(bits, output, FIXED.literals(), FIXED.distances())
    else if (type === 2) {
      const { literals, distances } = readTables(bits)
      yield* decodeBlock(bits, output, literals, distances)
    } else throw new ProtocolError('deflate block of type 3', bits.bytePosition)
  }
  yield output.takePiece()
}

/** Output that was not given yet, behind the window that it may refer to. */
class Inflated {
  readonly buffer = Buffer.allocUnsafe(WINDOW_BYTES + PIECE_BYTES + MAX_MATCH)
  position = 0
  /** Where what was not given yet begins. */
  #start = 0

  get isFull(): boolean {
    return this.position >= WINDOW_BYTES + PIECE_BYTES
  }

  get room(): number {
    return WINDOW_BYTES + PIECE_BYTES - this.position
  }

  /** What was not given yet; moves the window to the front. */
  takePiece(): Buffer {
    const piece = Buffer.from(this.buffer.subarray(this.#start, this.position))
    const kept = Math.min(this.position, WINDOW_BYTES)
    this.buffer.copyWithin(0, this.position - kept, this.position)
    this.position = kept
    this.#start = kept
    return piece
  }

  copyBack(distance: number, length: number): void {
    const { buffer, position } = this
    if (distance > position) {
      throw new ProtocolError(`deflate match from ${distance} bytes back, ${position} are there`)
    }
    copyMatch(buffer, position, distance, length)
    this.position = position + length
  }
}

function* copyStored(bits: LsbBits, output: Inflated): Generator<Buffer, void, undefined> {
  bits.alignToByte()
  const length = bits.read(16)
  if (bits.read(16) !== (~length & 0xffff)) {
    throw new ProtocolError('deflate block of a length that does not match', bits.bytePosition)
  }
  for (let left = length; left > 0;) {
    if (output.isFull) yield output.takePiece()
    const count = Math.min(left, output.room)
    bits.copyBytes(output.buffer, output.position, count)
    output.position += count
    left -= count
  }
}

function* decodeBlock(
  bits: LsbBits,
  output: Inflated,
  literals: HuffmanTable,
  distances: HuffmanTable,
): Generator<Buffer, void, undefined> {
  for (;;) {
    if (output.isFull) yield output.takePiece()
    const symbol = readSymbol(bits, literals)
    if (symbol < END_OF_BLOCK) {
      output.buffer[output.position] = symbol
      output.position += 1
      continue
    }
    if (symbol === END_OF_BLOCK) return
    const length = readValue(bits, LENGTH_BASES, LENGTH_BITS, symbol - END_OF_BLOCK - 1)
    const distance = readValue(bits, DISTANCE_BASES, DISTANCE_BITS, readSymbol(bits, distances))
    output.copyBack(distance, length)
  }
}

function readSymbol(bits: LsbBits, table: HuffmanTable): number {
  const entry = table.entries[bits.peek(table.maxBits)] as number
  if (entry === 0)
    throw new ProtocolError('deflate code that stands for nothing', bits.bytePosition)
  bits.skip(entry & 0x0f)
  return entry >> 4
}

function readValue(
  bits: LsbBits,
  bases: readonly number[],
  widths: readonly number[],
  code: number,
) {
  const base = bases[code]
  const width = widths[code]
  if (base === undefined || width === undefined) {
    throw new ProtocolError(`deflate code ${code} is not known`, bits.bytePosition)
  }
  return base + bits.read(width)
}

function readTables(bits: LsbBits): { literals: HuffmanTable; distances: HuffmanTable } {
  const literalCount = bits.read(5) + 257
  const distanceCount = bits.read(5) + 1
  const lengthCodes = new Array<number>(19).fill(0)
  const lengthCodeCount = bits.read(4) + 4
  for (let index = 0; index < lengthCodeCount; index += 1) {
    lengthCodes[LENGTH_CODE_ORDER[index] as number] = bits.read(3)
  }
  const lengths = readLengths(bits, buildTable(lengthCodes), literalCount + distanceCount)
  return {
    literals: buildTable(lengths.slice(0, literalCount)),
    distances: buildTable(lengths.slice(literalCount)),
  }
}

/** 0-15: a length; 16: the last again, 17 and 18: zeros. */
function readLengths(bits: LsbBits, table: HuffmanTable, count: number): number[] {
  const lengths: number[] = []
  while (lengths.length < count) {
    const symbol = readSymbol(bits, table)
    if (symbol < 16) {
      lengths.push(symbol)
      continue
    }
    const value = symbol === 16 ? lengths.at(-1) : 0
    const repeats =
      symbol === 16 ? bits.read(2) + 3 : symbol === 17 ? bits.read(3) + 3 : bits.read(7) + 11
    if (value === undefined || repeats > count - lengths.length) {
      throw new ProtocolError('deflate code lengths that do not fit', bits.bytePosition)
    }
    for (let index = 0; index < repeats; index += 1) lengths.push(value)
  }
  return lengths
}

/** Canonical codes, the shortest first; written into the table with their bits reversed. */
function buildTable(lengths: readonly number[]): HuffmanTable {
  const maxBits = Math.max(1, ...lengths)
  const entries = new Uint16Array(1 << maxBits)
  let code = 0
  for (let length = 1; length <= maxBits; length += 1) {
    for (const [symbol, symbolsLength] of lengths.entries()) {
      if (symbolsLength !== length) continue
      if (code >= 1 << length) throw new ProtocolError('deflate codes with more than there can be')
      const entry = symbol * 16 + length
      for (let index = reverse(code, length); index < entries.length; index += 1 << length) {
        entries[index] = entry
      }
      code += 1
    }
    code *= 2
  }
  return { maxBits, entries }
}

function reverse(code: number, length: number): number {
  let reversed = 0
  for (let bit = 0; bit < length; bit += 1) reversed |= ((code >> bit) & 1) << (length - 1 - bit)
  return reversed
}

/** The codes that every decoder knows, built when first met. */
const FIXED = {
  literals: () =>
    buildTable(
      spread([
        [144, 8],
        [112, 9],
        [24, 7],
        [8, 8],
      ]),
    ),
  distances: () => buildTable(spread([[30, 5]])),
}
