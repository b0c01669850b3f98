/** Pauses between attempts: they double, up to a bound, and differ between clients (KIP-580). */
import type { Random } from '../../host/index.ts'

export interface BackoffRange {
  readonly firstMs: number
  readonly lastMs: number
}

const JITTER = 0.2
const PRECISION = 1_000_000

/** @param failures attempts that have failed one after another, at least 1 */
export function backoffMs(failures: number, range: BackoffRange, random: Random): number {
  const exponent = Math.min(failures - 1, 30)
  const plainMs = Math.min(range.firstMs * 2 ** exponent, Math.max(range.firstMs, range.lastMs))
  const factor = 1 - JITTER + (2 * JITTER * random.below(PRECISION)) / PRECISION
  return plainMs * factor
}
