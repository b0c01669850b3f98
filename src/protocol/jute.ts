/**
 * The types of ZooKeeper's records (jute), for descriptions in the same language: a vector is
 * `array`, a buffer `bytes`, a record `struct`, all in their form of before KIP-482; only strings
 * have a longer length. Whatever may be null on the wire (-1) is `nullable` here.
 */
import { array } from './composite.ts'
import { int32Length } from './length.ts'
import { bool, float64, int32, int64, int64Exact, int8 } from './primitives.ts'
import { bytes, stringType } from './sized.ts'

export const jute = {
  byte: int8,
  boolean: bool,
  int: int32,
  /** For what is ours: milliseconds, counts. */
  long: int64,
  /** For what has 64 significant bits: zxids, session ids. */
  longExact: int64Exact,
  double: float64,
  /** UTF-8 with an int32 length, bounded by the frame alone. */
  string: stringType('ustring', int32Length, 0x7fffffff),
  buffer: bytes,
  vector: array,
}
