import { KafkaError, type Admin } from '../../client/index.ts'
import { PlainError } from '../plain-error.ts'

/** What each command works with. */
export interface TransactionsRun {
  readonly admin: Admin
  readonly wallMs: () => number
  readonly print: (line: string) => void
}

/** Stands behind every reason. */
export const DETAIL = ' Enable debug logging for additional detail.'

/** What `asked` gives. @throws PlainError that begins with `problem`, when the cluster refuses */
export async function explained<T>(problem: string, asked: Promise<T>): Promise<T> {
  try {
    return await asked
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    throw new PlainError(`${problem}: ${error.message}.${DETAIL}`)
  }
}
