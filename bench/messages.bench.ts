/**
 * What does it cost to read and write messages? MB/s and CPU s/GB count the records that the message
 * carries, so that they compare with the cost of everything else that is done for a gigabyte.
 */
import { Reader, Writer } from '../src/bytes/index.ts'
import {
  codecOf,
  encode,
  FetchRequest,
  FetchResponse,
  MetadataResponse,
  ProduceRequest,
  ProduceResponse,
  ZERO_UUID,
  type Message,
  type MessageInput,
} from '../src/protocol/index.ts'
import { byTurns, repeated, tableOf, type Benchmark, type Contender } from './measure.ts'

const BATCH_BYTES = 16 * 1024
const records = Buffer.alloc(BATCH_BYTES)
const partitions = Array.from({ length: 16 }, (_, index) => index)

function both<M extends Message>(
  message: M,
  version: number,
  carriedBytes: number,
  value: MessageInput<M>,
): Contender[] {
  const codec = codecOf(message, version)
  const bytes = encode(message, version, value)
  const name = `${message.name} v${version}`
  return [
    repeated(`read ${name}`, carriedBytes, () => codec.read(new Reader(bytes))),
    repeated(`write ${name}`, carriedBytes, () => {
      const writer = new Writer()
      codec.write(writer, value)
      writer.parts()
    }),
  ]
}

/** One batch of 16 KB. */
const produce = [
  ...both(ProduceRequest, 9, BATCH_BYTES, {
    transactionalId: null,
    acks: 1,
    timeoutMs: 30_000,
    topicData: [{ name: 'orders', partitionData: [{ index: 3, records }] }],
  }),
  ...both(ProduceResponse, 9, BATCH_BYTES, {
    responses: [
      { name: 'orders', partitionResponses: [{ index: 3, errorCode: 0, baseOffset: 1_234_567 }] },
    ],
  }),
]

/** Sixteen partitions with 16 KB each. */
const fetch = [
  ...both(FetchRequest, 12, BATCH_BYTES * partitions.length, {
    maxWaitMs: 500,
    minBytes: 1,
    topics: [
      {
        topic: 'orders',
        partitions: partitions.map(partition => ({
          partition,
          fetchOffset: 1_234_567,
          partitionMaxBytes: 1_048_576,
        })),
      },
    ],
  }),
  ...both(FetchResponse, 12, BATCH_BYTES * partitions.length, {
    responses: [
      {
        topic: 'orders',
        partitions: partitions.map(partitionIndex => ({
          partitionIndex,
          errorCode: 0,
          highWatermark: 1_234_567,
          records,
        })),
      },
    ],
  }),
]

/** A thousand partitions; a byte is carried by each. */
const metadata = both(MetadataResponse, 12, 1_000, {
  brokers: [{ nodeId: 0, host: 'localhost', port: 9092 }],
  topics: [
    {
      errorCode: 0,
      name: 'orders',
      topicId: ZERO_UUID,
      partitions: Array.from({ length: 1_000 }, (_, partitionIndex) => ({
        errorCode: 0,
        partitionIndex,
        leaderId: 0,
        leaderEpoch: 0,
        replicaNodes: [0],
        isrNodes: [0],
      })),
    },
  ],
})

export const benchmark: Benchmark = {
  question: 'What does it cost to read and to write the messages of a gigabyte of records?',
  rounds: 7,
  run: async rounds => {
    for (const contenders of [produce, fetch, metadata]) {
      console.log(tableOf(await byTurns(contenders, { rounds })))
    }
  },
}
