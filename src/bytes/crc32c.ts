/**
 * CRC-32C (Castagnoli), the checksum of record batches v2, producer snapshots and SCTP. A native
 * implementation is looked for once, at the first long input: `sse4_crc32` when the user installed
 * it (fastest, but it compiles), else the optional dependency `@node-rs/crc32`, else slicing-by-8.
 */
import { createRequire } from 'node:module'

type NativeCrc32c = (bytes: Buffer, initial: number) => number

/** Below this many bytes the call into native code costs more than it saves. */
const NATIVE_FROM_BYTES = 128
const POLYNOMIAL = 0x82f63b78 // 0x1edc6f41, bits reversed

let tables: Int32Array | undefined
let native: NativeCrc32c | null | undefined

/** Checksum of `bytes[start, end)`; `initial` is the checksum of what came before it. Unsigned. */
export function crc32c(bytes: Buffer, start = 0, end = bytes.length, initial = 0): number {
  if (end - start >= NATIVE_FROM_BYTES) {
    native ??= loadNative()
    if (native !== null) return native(bytes.subarray(start, end), initial)
  }
  return crc32cInTypeScript(bytes, start, end, initial)
}

/** The fallback, exported so that a test can hold both against each other. Slicing-by-8. */
export function crc32cInTypeScript(
  bytes: Buffer,
  start = 0,
  end = bytes.length,
  initial = 0,
): number {
  const table = (tables ??= buildTables())
  // Indexes are masked to the table's 2,048 entries, and positions stay below `end`.
  const at = (index: number): number => table[index] as number
  const byte = (position: number): number => bytes[position] as number
  let crc = ~initial
  let position = start
  for (; position + 8 <= end; position += 8) {
    crc ^=
      byte(position) |
      (byte(position + 1) << 8) |
      (byte(position + 2) << 16) |
      (byte(position + 3) << 24)
    crc =
      at(0x700 | (crc & 0xff)) ^
      at(0x600 | ((crc >>> 8) & 0xff)) ^
      at(0x500 | ((crc >>> 16) & 0xff)) ^
      at(0x400 | (crc >>> 24)) ^
      at(0x300 | byte(position + 4)) ^
      at(0x200 | byte(position + 5)) ^
      at(0x100 | byte(position + 6)) ^
      at(byte(position + 7))
  }
  for (; position < end; position += 1) crc = at((crc ^ byte(position)) & 0xff) ^ (crc >>> 8)
  return ~crc >>> 0
}

/** Table k holds the checksum of a byte followed by k zero bytes. */
function buildTables(): Int32Array {
  const table = new Int32Array(8 * 256)
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte
    for (let bit = 0; bit < 8; bit += 1)
      crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    table[byte] = crc
  }
  for (let index = 256; index < table.length; index += 1) {
    const previous = table[index - 256] as number
    table[index] = (table[previous & 0xff] as number) ^ (previous >>> 8)
  }
  return table
}

function loadNative(): NativeCrc32c | null {
  const require = createRequire(import.meta.url)
  for (const load of [loadSse4, loadNodeRs]) {
    try {
      const candidate = load(require)
      // A wrong checksum would refuse every batch: trust no package before it proved itself.
      if (candidate(Buffer.from('123456789'), 0) >>> 0 === 0xe3069283) return candidate
    } catch {
      // Not installed, or not built for this machine: the next one will do.
    }
  }
  return null
}

function loadSse4(require: NodeJS.Require): NativeCrc32c {
  const library = require('sse4_crc32') as { calculate: NativeCrc32c; hardware_support: boolean }
  if (!library.hardware_support) throw new Error('sse4_crc32 would use a table')
  return (bytes, initial) => library.calculate(bytes, initial) >>> 0
}

function loadNodeRs(require: NodeJS.Require): NativeCrc32c {
  return (require('@node-rs/crc32') as { crc32c: NativeCrc32c }).crc32c
}
