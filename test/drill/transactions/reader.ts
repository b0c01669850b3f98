/**
 * A read_committed reader of the transactions drill, a program of its own: writes down every record of
 * the accounts, from the beginning. Told the ends of the partitions on its input, it reads up to them and ends.
 */
import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { Kafka, type KafkaError } from '../../../src/client/index.ts'

export interface ReaderOptions {
  readonly bootstrapServers: string
  readonly topic: string
  readonly partitions: number
  readonly output: string
}

const options = JSON.parse(process.argv[2] ?? '{}') as ReaderOptions
const output = createWriteStream(options.output)
const { topic } = options
const consumer = new Kafka({ bootstrapServers: options.bootstrapServers }).consumer({
  isolationLevel: 'read_committed',
})
const partitions = Array.from({ length: options.partitions }, (_, partition) => ({ topic, partition })) // prettier-ignore
consumer.assign(partitions)
consumer.seekToBeginning(partitions)

let ends: readonly number[] | undefined
let told = ''
process.stdin.on('data', text => (told += String(text)))
process.stdin.on('end', () => (ends = JSON.parse(told) as number[]))

while (!(await isDone())) {
  try {
    for (const { partition, offset, value } of await consumer.poll(200)) {
      output.write(`${partition} ${offset} ${String(value)}\n`)
    }
  } catch (error) {
    // The broker may be away for longer than one call waits.
    if ((error as Partial<KafkaError>).retriable !== true) throw error
  }
}
output.end()
await once(output, 'finish')
process.exit(0)

async function isDone(): Promise<boolean> {
  if (ends === undefined) return false
  for (const [n, partition] of partitions.entries()) {
    if ((await consumer.position(partition)) < (ends[n] ?? 0)) return false
  }
  return true
}
