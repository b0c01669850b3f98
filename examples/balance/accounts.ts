/** What generator and calculators agree on: each partition is an account, each record a decimal number. */

export const ACCOUNTS = 10

export interface Topics {
  /** Cash that is deposited (positive) or withdrawn. */
  readonly transactions: string
  /** What the account holds after each of them. */
  readonly balance: string
}

export const labTopics: Topics = { transactions: 'transactions', balance: 'balance' }
