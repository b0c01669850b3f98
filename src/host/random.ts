/** Randomness, so that a simulated run can be repeated from its seed. */
export interface Random {
  /** A whole number from 0 (included) to `bound` (excluded); `bound` at most 2^31. */
  below(bound: number): number
  /** `sizeBytes` random bytes, fit for session passwords and ids. */
  bytes(sizeBytes: number): Buffer
}
