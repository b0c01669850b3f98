/** A process that fills a compacted topic: records of 1 KB, of which nine in ten are of a key that comes again. */
import { ProduceRequest } from '../../src/protocol/index.ts'
import { BatchBuilder } from '../../src/records/index.ts'
import { countFrames, frameOf, open } from './wire.ts'

export interface KeyedLoad {
  readonly port: number
  readonly topic: string
  readonly records: number
  readonly keys: number
  readonly recordBytes: number
  readonly recordsPerBatch: number
}

async function run(load: KeyedLoad): Promise<void> {
  const { records, keys, recordsPerBatch } = load
  const value = Buffer.alloc(load.recordBytes, 'x')
  const socket = await open(load.port)
  const requests = Math.ceil(records / recordsPerBatch)
  let sent = 0
  let answered = 0
  await new Promise<void>((resolve, reject) => {
    const fill = (): void => {
      for (; sent < requests && sent - answered < 5; sent += 1) {
        const builder = new BatchBuilder()
        for (let place = 0; place < recordsPerBatch; place += 1) {
          // A prime step goes through all keys before one comes again.
          const key = String(((sent * recordsPerBatch + place) * 7919) % keys).padStart(16, '0')
          builder.append({ timestamp: Date.now(), key: Buffer.from(key), value })
        }
        socket.write(
          frameOf(ProduceRequest, 7, {
            ...{ acks: 1, timeoutMs: 30_000 },
            topicData: [
              { name: load.topic, partitionData: [{ index: 0, records: builder.close() }] },
            ],
          }),
        )
      }
    }
    countFrames(socket, () => {
      answered += 1
      if (answered === requests) resolve()
      else fill()
    })
    socket.once('error', reject)
    fill()
  })
  socket.destroy()
}

await run(JSON.parse(process.argv[2] ?? '{}') as KeyedLoad)
process.stdout.write('{}\n')
