/** What is wrong with a question whoever is asked, before anybody looks for the transaction. */
import { ErrorCode } from '../protocol/index.ts'
import type { ClientEvent } from './events.ts'
import type { TransactionSettings } from './settings.ts'

export function checkQuestion(
  question: ClientEvent,
  { maxTimeoutMs }: TransactionSettings,
): ErrorCode {
  if (question.transactionalId === '') return ErrorCode.INVALID_REQUEST
  if (question.type !== 'init-producer-id') return ErrorCode.NONE
  const { timeoutMs } = question
  const isLegal = timeoutMs > 0 && timeoutMs <= maxTimeoutMs
  return isLegal ? ErrorCode.NONE : ErrorCode.INVALID_TRANSACTION_TIMEOUT
}
