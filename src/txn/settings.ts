/** What a broker's properties say about transactions; fixed for the life of the coordinator. */
export interface TransactionSettings {
  /** `transaction.max.timeout.ms`. */
  readonly maxTimeoutMs: number
  /** `transactional.id.expiration.ms`. */
  readonly idExpirationMs: number
}

/** The defaults of Kafka 3.9. */
export const defaultTransactionSettings: TransactionSettings = {
  maxTimeoutMs: 15 * 60_000,
  idExpirationMs: 7 * 24 * 60 * 60_000,
}

/** Pause before markers that were not taken are tried again, and completions that were not stored. */
export const RETRY_DELAY_MS = 100
