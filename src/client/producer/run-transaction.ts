/** One transaction around a function: committed when it returns, aborted when it throws. */
import { KafkaError } from '../errors.ts'
import type { Bytes, Serializable } from '../serialization.ts'
import type { Producer, Transaction } from './producer.ts'

export async function runTransaction<
  T,
  K extends Serializable = Bytes,
  V extends Serializable = Bytes,
>(producer: Producer<K, V>, body: (transaction: Transaction<K, V>) => Promise<T>): Promise<T> {
  producer.beginTransaction()
  try {
    const result = await body({
      send: record => {
        const sent = producer.send(record)
        // Who does not wait for it hears of it when the transaction is committed.
        sent.catch(() => undefined)
        return sent
      },
      sendOffsets: (offsets, group) => producer.sendOffsetsToTransaction(offsets, group),
    })
    await producer.commitTransaction()
    return result
  } catch (error) {
    await abortAfter(producer, error)
    throw error
  }
}

/**
 * Whatever went wrong: an error that is fatal may be another client's.
 *
 * @throws KafkaError when it cannot be aborted, with what made it necessary as its cause
 */
async function abortAfter(
  producer: Pick<Producer, 'abortTransaction'>,
  cause: unknown,
): Promise<void> {
  try {
    await producer.abortTransaction()
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    const { code, message, fatal } = error
    // It has said that the producer is of no use any more.
    if (cause instanceof KafkaError && cause.fatal) return
    throw new KafkaError(code, message, { cause, fatal, retriable: false })
  }
}
