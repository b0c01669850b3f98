/** Sends random deposits and withdrawals between -10 and 10 to every account, until it is told to stop. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Kafka } from 'tidelog/client'
import { ACCOUNTS } from './accounts.ts'

export interface GeneratorOptions {
  readonly topic: string
  /** Between two rounds, each of which has a transaction for every account. The lab waits a second. */
  readonly pauseMs: number
  readonly signal: AbortSignal
  readonly onSent?: (account: number, value: number) => void
}

export async function generate(kafka: Kafka, options: GeneratorOptions): Promise<void> {
  const { topic, pauseMs, signal, onSent } = options
  await using producer = kafka.producer()
  while (!signal.aborted) {
    const sending = Array.from({ length: ACCOUNTS }, async (_, partition) => {
      const value = Math.floor(Math.random() * 21) - 10
      await producer.send({ topic, partition, value: String(value) })
      onSent?.(partition, value)
    })
    await Promise.all(sending)
    await wait(pauseMs)
  }
}
