/** The literals of a compressed block: bytes that matches are put between (RFC 8878, 3.1.1.3.1). */
import { ProtocolError } from '../../protocol-error.ts'
import { decodeHuffmanStream, readHuffmanTable, type HuffmanTable } from './huffman.ts'

/** Literals of one block, and where its sequences begin. */
export interface Literals {
  readonly bytes: Buffer
  readonly position: number
  /** For the next block that says "as before". */
  readonly table: HuffmanTable | undefined
}

const RAW = 0
const RUN = 1
const TREELESS = 3
const MAX_LITERALS = 128 * 1024
const JUMP_TABLE_BYTES = 6

export function readLiterals(
  bytes: Buffer,
  start: number,
  end: number,
  previous: HuffmanTable | undefined,
): Literals {
  const header = readHeader(bytes, start, end)
  const { type, size, position } = header
  const after = position + header.storedBytes
  if (size > MAX_LITERALS || after > end) {
    throw new ProtocolError(
      `zstd block with ${size} literals in ${header.storedBytes} bytes`,
      start,
    )
  }
  if (type === RAW)
    return { bytes: bytes.subarray(position, after), position: after, table: previous }
  if (type === RUN) {
    return { bytes: Buffer.alloc(size, bytes[position]), position: after, table: previous }
  }
  const tree =
    type === TREELESS ? { table: previous, position } : readHuffmanTable(bytes, position, after)
  if (tree.table === undefined) throw new ProtocolError('zstd block repeats a tree of none', start)
  const literals = Buffer.allocUnsafe(size)
  if (header.streams === 1) {
    decodeHuffmanStream(tree.table, bytes, tree.position, after, literals, 0, size)
  } else {
    decodeFourStreams(tree.table, bytes, tree.position, after, literals)
  }
  return { bytes: literals, position: after, table: tree.table }
}

/** Sizes take 5 to 18 bits, as bits 2-3 of the first byte say. */
function readHeader(bytes: Buffer, start: number, end: number) {
  const first = start < end ? bytes.readUInt8(start) : 0
  const type = first & 0x03
  const form = (first >> 2) & 0x03
  const isCoded = type > RUN
  const headerBytes = isCoded ? ([3, 3, 4, 5][form] ?? 0) : ([1, 2, 1, 3][form] ?? 0)
  if (headerBytes > end - start) throw new ProtocolError('zstd block cut in its literals', start)
  const header = bytes.readUIntLE(start, headerBytes)
  const position = start + headerBytes
  if (!isCoded) {
    const size = header >>> (form % 2 === 0 ? 3 : 4)
    return { type, size, storedBytes: type === RAW ? size : 1, streams: 1, position }
  }
  const width = 2 ** ([10, 10, 14, 18][form] ?? 0)
  const sizes = Math.floor(header / 16)
  return {
    type,
    size: sizes % width,
    storedBytes: Math.floor(sizes / width) % width,
    streams: form === 0 ? 1 : 4,
    position,
  }
}

function decodeFourStreams(
  table: HuffmanTable,
  bytes: Buffer,
  start: number,
  end: number,
  literals: Buffer,
): void {
  if (end - start < JUMP_TABLE_BYTES) throw new ProtocolError('zstd block without streams', start)
  const each = (literals.length + 3) >> 2
  let position = start + JUMP_TABLE_BYTES
  for (let stream = 0; stream < 4; stream += 1) {
    const isLast = stream === 3
    const streamEnd = isLast ? end : position + bytes.readUInt16LE(start + stream * 2)
    const from = Math.min(stream * each, literals.length)
    const to = isLast ? literals.length : Math.min(from + each, literals.length)
    if (streamEnd > end) throw new ProtocolError('zstd literals cut', position)
    decodeHuffmanStream(table, bytes, position, streamEnd, literals, from, to)
    position = streamEnd
  }
}
