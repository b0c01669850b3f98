/** Finite state entropy: the tables that zstd codes lengths, offsets and Huffman weights with (RFC 8878, 4.1). */
import { ProtocolError } from '../../protocol-error.ts'
import type { BackwardBits } from './bits.ts'
import { ForwardBits } from './bits.ts'

/** A decoding table: by state, the symbol, and how to come to the next state. */
export interface FseTable {
  readonly accuracyLog: number
  readonly symbols: Uint8Array
  readonly bitCounts: Uint8Array
  readonly baselines: Uint16Array
}

/** A table that knows one symbol only, and needs no bits for it. */
export function singleSymbolTable(symbol: number): FseTable {
  return {
    accuracyLog: 0,
    symbols: Uint8Array.of(symbol),
    bitCounts: new Uint8Array(1),
    baselines: new Uint16Array(1),
  }
}

/** How many states each symbol has; -1 stands for one state of its own at the end of the table. */
export interface Distribution {
  readonly counts: readonly number[]
  readonly accuracyLog: number
  /** First byte after the description. */
  readonly position: number
}

export interface DistributionLimits {
  readonly maxAccuracyLog: number
  readonly maxSymbol: number
}

/** Reads the description of a table at `start`. */
export function readDistribution(
  bytes: Buffer,
  start: number,
  end: number,
  { maxAccuracyLog, maxSymbol }: DistributionLimits,
): Distribution {
  const bits = new ForwardBits(bytes, start, end)
  const accuracyLog = bits.read(4) + 5
  if (accuracyLog > maxAccuracyLog) {
    throw new ProtocolError(
      `zstd table of 2^${accuracyLog} states: at most 2^${maxAccuracyLog}`,
      start,
    )
  }
  const counts: number[] = []
  let left = 1 << accuracyLog
  while (left > 0) {
    const count = readCount(bits, left)
    left -= Math.abs(count)
    counts.push(count)
    if (count === 0) readZeros(bits, counts, maxSymbol)
    if (counts.length > maxSymbol + 1) {
      throw new ProtocolError(`zstd table of more than ${maxSymbol + 1} symbols`, start)
    }
  }
  if (left < 0) throw new ProtocolError('zstd table with more states than it has', start)
  return { counts, accuracyLog, position: bits.bytePosition }
}

/** Values that cannot occur shorten the code of the low ones by a bit. */
function readCount(bits: ForwardBits, left: number): number {
  const width = 32 - Math.clz32(left + 1)
  const value = bits.read(width)
  const lowMask = (1 << (width - 1)) - 1
  const threshold = (1 << width) - 1 - (left + 1)
  if ((value & lowMask) < threshold) {
    bits.unread(1)
    return (value & lowMask) - 1
  }
  return (value > lowMask ? value - threshold : value) - 1
}

function readZeros(bits: ForwardBits, counts: number[], maxSymbol: number): void {
  let repeats: number
  do {
    repeats = bits.read(2)
    for (let index = 0; index < repeats; index += 1) counts.push(0)
  } while (repeats === 3 && counts.length <= maxSymbol)
}

export function buildFseTable(counts: readonly number[], accuracyLog: number): FseTable {
  const size = 1 << accuracyLog
  const symbols = new Uint8Array(size)
  const nextStates = spreadSymbols(counts, symbols)
  const bitCounts = new Uint8Array(size)
  const baselines = new Uint16Array(size)
  for (let state = 0; state < size; state += 1) {
    const symbol = symbols[state] as number
    const next = nextStates[symbol] as number
    nextStates[symbol] = next + 1
    const bitCount = accuracyLog - (31 - Math.clz32(next))
    bitCounts[state] = bitCount
    baselines[state] = (next << bitCount) - size
  }
  return { accuracyLog, symbols, bitCounts, baselines }
}

/** Gives each symbol its states, far apart from one another; returns the number of each. */
function spreadSymbols(counts: readonly number[], symbols: Uint8Array): Uint16Array {
  const size = symbols.length
  const stateCounts = new Uint16Array(counts.length)
  let high = size
  for (const [symbol, count] of counts.entries()) {
    stateCounts[symbol] = Math.abs(count)
    if (count === -1) symbols[(high -= 1)] = symbol
  }
  const step = (size >> 1) + (size >> 3) + 3
  let position = 0
  for (const [symbol, count] of counts.entries()) {
    for (let index = 0; index < count; index += 1) {
      symbols[position] = symbol
      do position = (position + step) & (size - 1)
      while (position >= high)
    }
  }
  if (position !== 0) throw new ProtocolError('zstd table whose states do not fill it')
  return stateCounts
}

export function firstState(table: FseTable, bits: BackwardBits): number {
  return bits.read(table.accuracyLog)
}

export function nextState(table: FseTable, state: number, bits: BackwardBits): number {
  return (table.baselines[state] as number) + bits.read(table.bitCounts[state] as number)
}
