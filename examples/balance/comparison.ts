/** Holds the balances that were written against the transactions they were made of. */

/** One account: what should be there, what is, and how much of it is wrong. */
export interface AccountComparison {
  readonly account: number
  readonly transactions: number
  readonly balances: number
  /** Places at which the balance is missing, or is not the sum of the transactions up to there. */
  readonly wrong: number
  /** Balances for which there is no transaction. */
  readonly surplus: number
  /** By how much the last balance is off. */
  readonly off: number
}

/** @param transactions by account; @param balances by account */
export function compare(
  transactions: readonly (readonly number[])[],
  balances: readonly (readonly number[])[],
): AccountComparison[] {
  return transactions.map((values, account) => {
    const written = balances[account] ?? []
    let sum = 0
    let wrong = 0
    values.forEach((value, n) => {
      sum += value
      if (written[n] !== sum) wrong += 1
    })
    return {
      account,
      transactions: values.length,
      balances: written.length,
      wrong,
      surplus: Math.max(0, written.length - values.length),
      off: (written.at(-1) ?? 0) - sum,
    }
  })
}

export function isExact(comparison: readonly AccountComparison[]): boolean {
  return comparison.every(({ wrong, surplus, off }) => wrong === 0 && surplus === 0 && off === 0)
}

/** All accounts together; `off` is the sum of the distances. */
export function totalOf(
  comparison: readonly AccountComparison[],
): Omit<AccountComparison, 'account'> {
  const sum = (valueOf: (account: AccountComparison) => number): number =>
    comparison.reduce((total, account) => total + valueOf(account), 0)
  return {
    transactions: sum(({ transactions }) => transactions),
    balances: sum(({ balances }) => balances),
    wrong: sum(({ wrong }) => wrong),
    surplus: sum(({ surplus }) => surplus),
    off: sum(({ off }) => Math.abs(off)),
  }
}

const columns = ['transactions', 'balances', 'wrong', 'surplus', 'off'] as const

export function tableOf(comparison: readonly AccountComparison[]): string {
  const rows = [
    ['account', ...columns],
    ...comparison.map(row => [String(row.account), ...columns.map(name => String(row[name]))]),
    ['all', ...columns.map(name => String(totalOf(comparison)[name]))],
  ]
  return rows.map(row => row.map(cell => cell.padStart(14)).join('')).join('\n')
}
