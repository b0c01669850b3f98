/** The transfers that the clients of the drill carry out: each a number away, so that a checker needs no copy. */
import type { Entry } from './history.ts'

export const ACCOUNTS = 8

export interface Transfer {
  readonly from: number
  readonly to: number
  readonly amount: number
}

/** What stands at this offset of the input of a client. */
export function transferAt(client: number, offset: number): Transfer {
  const from = (offset * 7 + client * 3) % ACCOUNTS
  const to = (from + 1 + ((offset * 5 + client) % (ACCOUNTS - 1))) % ACCOUNTS
  return { from, to, amount: 1 + ((offset * 13 + client * 29) % 100) }
}

/** As a record of the input. */
export function textOf({ from, to, amount }: Transfer): string {
  return `${from} ${to} ${amount}`
}

/** @throws TypeError when it is none */
export function transferIn(text: string): Transfer {
  const [from, to, amount, ...rest] = text.split(' ').map(Number)
  if (from === undefined || to === undefined || amount === undefined || rest.length > 0) {
    throw new TypeError(`not a transfer: ${text}`)
  }
  return { from, to, amount }
}

export function entriesOf({ from, to, amount }: Transfer): Entry[] {
  return [
    { account: from, amount: -amount },
    { account: to, amount },
  ]
}
