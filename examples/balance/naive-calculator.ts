/**
 * The calculator of the lab, as one writes it first. It keeps the balances in memory only and begins at the
 * end of the topic: whoever restarts it finds every account at 0, and the transactions in between ignored.
 */
import type { Kafka } from 'tidelog/client'
import type { Topics } from './accounts.ts'

export async function calculateNaively(kafka: Kafka, topics: Topics): Promise<void> {
  const balances = new Map<number, number>()
  await using producer = kafka.producer()
  await using consumer = kafka.consumer()
  consumer.assign(await consumer.partitionsFor(topics.transactions))
  for await (const { partition, value } of consumer) {
    const balance = (balances.get(partition) ?? 0) + Number(value)
    balances.set(partition, balance)
    void producer.send({ topic: topics.balance, partition, value: String(balance) })
  }
}
