/**
 * The sequences of a compressed block: so many literals, then so many bytes from so far back
 * (RFC 8878, 3.1.1.3.2 and 3.1.1.4).
 */
import { ProtocolError } from '../../protocol-error.ts'
import { copyMatch } from '../copy-match.ts'
import { BackwardBits } from './bits.ts'
import {
  buildFseTable,
  firstState,
  nextState,
  readDistribution,
  singleSymbolTable,
  type FseTable,
} from './fse.ts'

/** One of the three kinds of codes: its limits, and the table that every decoder knows. */
interface CodeKind {
  readonly maxAccuracyLog: number
  readonly maxSymbol: number
  readonly predefinedLog: number
  readonly predefinedCounts: readonly number[]
  /** Built at first use. */
  predefined?: FseTable
}

const times = (count: number, value: number): number[] => new Array<number>(count).fill(value)

const LITERAL_LENGTHS: CodeKind = {
  maxAccuracyLog: 9,
  maxSymbol: 35,
  predefinedLog: 6,
  predefinedCounts: [
    4,
    3,
    ...times(11, 2),
    1,
    1,
    1,
    ...times(9, 2),
    3,
    2,
    ...times(5, 1),
    ...times(4, -1),
  ],
}
const OFFSETS: CodeKind = {
  maxAccuracyLog: 8,
  maxSymbol: 31,
  predefinedLog: 5,
  predefinedCounts: [...times(6, 1), 2, 2, 2, ...times(15, 1), ...times(5, -1)],
}
const MATCH_LENGTHS: CodeKind = {
  maxAccuracyLog: 9,
  maxSymbol: 52,
  predefinedLog: 6,
  predefinedCounts: [1, 4, 3, ...times(6, 2), ...times(37, 1), ...times(7, -1)],
}

// Extra bits of a code; its first value is the sum of what the codes before it span.
const LITERAL_LENGTH_BITS = [
  ...times(16, 0),
  1,
  1,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  6,
  7,
  8,
  9,
  10,
  11,
  12,
  13,
  14,
  15,
  16,
]
const MATCH_LENGTH_BITS = [
  ...times(32, 0),
  1,
  1,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  4,
  5,
  7,
  8,
  9,
  10,
  11,
  12,
  13,
  14,
  15,
  16,
]
const LITERAL_LENGTH_BASES = basesOf(LITERAL_LENGTH_BITS, 0)
const MATCH_LENGTH_BASES = basesOf(MATCH_LENGTH_BITS, 3)

function basesOf(bits: readonly number[], first: number): number[] {
  let base = first
  return bits.map(count => {
    const own = base
    base += 2 ** count
    return own
  })
}

const PREDEFINED = 0
const RUN = 1
const CODED = 2

/** What later blocks of a frame take over from earlier ones. */
export class SequenceState {
  literalLengths: FseTable | undefined
  offsets: FseTable | undefined
  matchLengths: FseTable | undefined
  /** The last three offsets, most recent first. */
  readonly recentOffsets: [number, number, number] = [1, 4, 8]
}

/** Where decoded bytes go: `target` from `position` on; what lies before, back to `start`, may be referred to. */
export interface Output {
  readonly target: Buffer
  position: number
  readonly start: number
  readonly end: number
}

/** Decodes the sequences in `bytes[start, end)` and writes them with `literals` to `output`. */
export function decodeSequences(
  bytes: Buffer,
  start: number,
  end: number,
  literals: Buffer,
  state: SequenceState,
  output: Output,
): void {
  const header = readHeader(bytes, start, end)
  let used = 0
  if (header.count > 0) {
    const position = readTables(bytes, header.position, end, state)
    const bits = new BackwardBits(bytes, position, end)
    used = runSequences(bits, header.count, literals, state, output)
  } else if (header.position !== end) {
    throw new ProtocolError('zstd block with bytes after its literals', header.position)
  }
  if (literals.length - used > output.end - output.position) throw tooLong(start)
  literals.copy(output.target, output.position, used)
  output.position += literals.length - used
}

function readHeader(bytes: Buffer, start: number, end: number) {
  const [first = 0, second = 0, third = 0] = bytes.subarray(start, end)
  const sizeBytes = first < 128 ? 1 : first < 255 ? 2 : 3
  if (sizeBytes > end - start) throw new ProtocolError('zstd block without sequences', start)
  const count =
    first < 128
      ? first
      : first < 255
        ? ((first - 128) << 8) + second
        : second + (third << 8) + 0x7f00
  return { count, position: start + sizeBytes }
}

function readTables(bytes: Buffer, start: number, end: number, state: SequenceState): number {
  const modes = start < end ? bytes.readUInt8(start) : 0x03
  if ((modes & 0x03) !== 0) throw new ProtocolError('zstd sequences of unknown modes', start)
  const first = readTable(bytes, start + 1, end, modes >> 6, LITERAL_LENGTHS, state.literalLengths)
  state.literalLengths = first.table
  const second = readTable(bytes, first.position, end, (modes >> 4) & 3, OFFSETS, state.offsets)
  state.offsets = second.table
  const mode = (modes >> 2) & 3
  const third = readTable(bytes, second.position, end, mode, MATCH_LENGTHS, state.matchLengths)
  state.matchLengths = third.table
  return third.position
}

function readTable(
  bytes: Buffer,
  position: number,
  end: number,
  mode: number,
  kind: CodeKind,
  previous: FseTable | undefined,
): { table: FseTable; position: number } {
  if (mode === PREDEFINED) {
    kind.predefined ??= buildFseTable(kind.predefinedCounts, kind.predefinedLog)
    return { table: kind.predefined, position }
  }
  if (mode === RUN) {
    const symbol = position < end ? bytes.readUInt8(position) : 255
    if (symbol > kind.maxSymbol)
      throw new ProtocolError(`zstd code ${symbol} is not known`, position)
    return { table: singleSymbolTable(symbol), position: position + 1 }
  }
  if (mode === CODED) {
    const read = readDistribution(bytes, position, end, kind)
    return { table: buildFseTable(read.counts, read.accuracyLog), position: read.position }
  }
  if (previous === undefined)
    throw new ProtocolError('zstd block repeats a table of none', position)
  return { table: previous, position }
}

/** @returns how many literals were used */
function runSequences(
  bits: BackwardBits,
  count: number,
  literals: Buffer,
  state: SequenceState,
  output: Output,
): number {
  const { literalLengths, offsets, matchLengths } = state as Required<SequenceState>
  if (literalLengths === undefined || offsets === undefined || matchLengths === undefined) return 0
  let literalState = firstState(literalLengths, bits)
  let offsetState = firstState(offsets, bits)
  let matchState = firstState(matchLengths, bits)
  let used = 0
  for (let index = 0; index < count; index += 1) {
    const offsetCode = offsets.symbols[offsetState] as number
    const matchCode = matchLengths.symbols[matchState] as number
    const literalCode = literalLengths.symbols[literalState] as number
    const offsetValue = 2 ** offsetCode + bits.readLong(offsetCode)
    const matchLength =
      base(MATCH_LENGTH_BASES, matchCode) + bits.read(base(MATCH_LENGTH_BITS, matchCode))
    const literalLength =
      base(LITERAL_LENGTH_BASES, literalCode) + bits.read(base(LITERAL_LENGTH_BITS, literalCode))
    if (index + 1 < count) {
      literalState = nextState(literalLengths, literalState, bits)
      matchState = nextState(matchLengths, matchState, bits)
      offsetState = nextState(offsets, offsetState, bits)
    }
    const offset = resolveOffset(state.recentOffsets, offsetValue, literalLength)
    if (bits.bitsLeft < 0 || literalLength > literals.length - used) {
      throw new ProtocolError('zstd sequences ask for more than there is')
    }
    if (literalLength + matchLength > output.end - output.position) throw tooLong(0)
    copyLiterals(literals, used, literalLength, output)
    used += literalLength
    copyBack(offset, matchLength, output)
  }
  if (bits.bitsLeft !== 0) throw new ProtocolError('zstd sequences do not fill their stream')
  return used
}

const base = (values: readonly number[], code: number): number => values[code] as number

/** Values 1 to 3 mean a recent offset; without literals before, the next one after it. */
function resolveOffset(
  recent: [number, number, number],
  value: number,
  literalLength: number,
): number {
  if (value > 3) {
    recent[2] = recent[1]
    recent[1] = recent[0]
    return (recent[0] = value - 3)
  }
  const index = literalLength === 0 ? value : value - 1
  if (index === 0) return recent[0]
  const offset = index === 3 ? recent[0] - 1 : (recent[index] as number)
  if (index !== 1) recent[2] = recent[1]
  recent[1] = recent[0]
  return (recent[0] = offset)
}

function copyLiterals(literals: Buffer, from: number, length: number, output: Output): void {
  const { target, position } = output
  if (length > 32) literals.copy(target, position, from, from + length)
  else
    for (let index = 0; index < length; index += 1)
      target[position + index] = literals[from + index] as number
  output.position = position + length
}

function copyBack(offset: number, length: number, output: Output): void {
  const { target, position } = output
  if (offset <= 0 || position - offset < output.start) {
    throw new ProtocolError(
      `zstd match from ${offset} bytes back, ${position - output.start} are there`,
    )
  }
  copyMatch(target, position, offset, length)
  output.position = position + length
}

function tooLong(position: number): ProtocolError {
  return new ProtocolError('zstd block gives more than its frame allows', position)
}
