/** The Huffman coding of zstd's literals (RFC 8878, 4.2). */
import { ProtocolError } from '../../protocol-error.ts'
import { BackwardBits } from './bits.ts'
import { buildFseTable, firstState, nextState, readDistribution } from './fse.ts'

/** By the next `maxBits` bits: the symbol they begin with in the low byte, its length above. */
export interface HuffmanTable {
  readonly maxBits: number
  readonly entries: Uint16Array
}

const MAX_BITS = 11
const MAX_SYMBOLS = 256

/** Reads the description of a tree, which begins at `start`; `position` is the first byte after it. */
export function readHuffmanTable(
  bytes: Buffer,
  start: number,
  end: number,
): { table: HuffmanTable; position: number } {
  if (start >= end) throw new ProtocolError('zstd block without its tree', start)
  const first = bytes.readUInt8(start)
  const sizeBytes = first < 128 ? first : (first - 126) >> 1
  const position = start + 1 + sizeBytes
  if (position > end) throw new ProtocolError('zstd tree cut', start)
  const weights =
    first < 128
      ? readCodedWeights(bytes, start + 1, position)
      : readPlainWeights(bytes, start + 1, first - 127)
  return { table: buildHuffmanTable(weights), position }
}

/** Four bits each. */
function readPlainWeights(bytes: Buffer, start: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => {
    const byte = bytes.readUInt8(start + (index >> 1))
    return index % 2 === 0 ? byte >> 4 : byte & 0x0f
  })
}

/** Coded by two states in turn, until the bits are used up. */
function readCodedWeights(bytes: Buffer, start: number, end: number): number[] {
  const limits = { maxAccuracyLog: 6, maxSymbol: MAX_BITS + 1 }
  const { counts, accuracyLog, position } = readDistribution(bytes, start, end, limits)
  const table = buildFseTable(counts, accuracyLog)
  const bits = new BackwardBits(bytes, position, end)
  let state = firstState(table, bits)
  let other = firstState(table, bits)
  const weights: number[] = []
  while (weights.length < MAX_SYMBOLS) {
    weights.push(table.symbols[state] as number)
    const next = nextState(table, state, bits)
    if (bits.bitsLeft < 0) {
      weights.push(table.symbols[other] as number)
      return weights
    }
    state = other
    other = next
  }
  throw new ProtocolError(`zstd tree of more than ${MAX_SYMBOLS} symbols`, start)
}

/** The weight of the last symbol is what fills the tree up. */
function buildHuffmanTable(weights: number[]): HuffmanTable {
  let sum = 0
  for (const weight of weights) sum += weight === 0 ? 0 : 2 ** (weight - 1)
  const maxBits = 32 - Math.clz32(sum)
  const left = 2 ** maxBits - sum
  const lastWeight = 32 - Math.clz32(left)
  if (sum === 0 || maxBits > MAX_BITS || left !== 2 ** (lastWeight - 1)) {
    throw new ProtocolError('zstd tree that is not whole')
  }
  weights.push(lastWeight)
  if (weights.length > MAX_SYMBOLS) throw new ProtocolError('zstd tree of more than 256 symbols')
  const entries = new Uint16Array(1 << maxBits)
  let position = 0
  for (let weight = 1; weight <= maxBits; weight += 1) {
    const entry = (maxBits + 1 - weight) << 8
    for (const [symbol, symbolsWeight] of weights.entries()) {
      if (symbolsWeight !== weight) continue
      entries.fill(entry | symbol, position, position + (1 << (weight - 1)))
      position += 1 << (weight - 1)
    }
  }
  return { maxBits, entries }
}

/** Decodes the stream in `bytes[start, end)` into `target[from, to)`, which it must fill exactly. */
export function decodeHuffmanStream(
  table: HuffmanTable,
  bytes: Buffer,
  start: number,
  end: number,
  target: Buffer,
  from: number,
  to: number,
): void {
  const bits = new BackwardBits(bytes, start, end)
  const { maxBits, entries } = table
  for (let position = from; position < to; position += 1) {
    const entry = entries[bits.peek(maxBits)] as number
    target[position] = entry & 0xff
    bits.bitsLeft -= entry >> 8
  }
  if (bits.bitsLeft !== 0) throw new ProtocolError('zstd literals do not fill their stream', start)
}
