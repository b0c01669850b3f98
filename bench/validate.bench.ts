/** Checking a produced batch: checksum and record walk, by record size and codec. */
import { codecName, CompressionCodec, crc32c } from '../src/bytes/index.ts'
import { BatchBuilder, produceFormats, validateProduced } from '../src/records/index.ts'
import { byTurns, repeated, tableOf, type Benchmark, type Contender } from './measure.ts'

const NOW = 1_700_000_000_000
const BATCH_BYTES = 16 * 1024
const formats = produceFormats(9)
const rules = {
  maxMessageBytes: 1_048_588,
  isCompacted: false,
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: Infinity,
  timestampAfterMaxMs: Infinity,
  codec: 'producer',
  maxDecompressedBytes: 2 ** 30,
} as const

/** As many records of `valueBytes` as fit into 16 KB before compression; and their bytes. */
function batchOf(valueBytes: number, codec: number): { batch: Buffer; plainBytes: number } {
  const builder = new BatchBuilder({ codec })
  for (let index = 0; ; index += 1) {
    const value = Buffer.from(`{"id":${index},"name":"customer ${(index * 7919) % 1000}"}`)
    const record = { timestamp: NOW + index, value: Buffer.alloc(valueBytes, value) }
    if (builder.sizeBytes + builder.sizeOfRecord(record) > BATCH_BYTES) break
    builder.append(record)
  }
  const plainBytes = builder.sizeBytes
  return { batch: builder.close(), plainBytes }
}

export const benchmark: Benchmark = {
  question:
    'What does it cost to check a produced batch, by record size and codec? (bytes uncompressed)',
  rounds: 7,
  async run(rounds) {
    const plain = batchOf(1024, CompressionCodec.NONE).batch
    const contenders = [repeated('CRC-32C alone', plain.length, () => crc32c(plain))]
    for (const valueBytes of [1024, 100, 10]) {
      for (const codec of Object.values(CompressionCodec)) {
        if (codec !== CompressionCodec.NONE && valueBytes === 10) continue
        contenders.push(validation(valueBytes, codec))
      }
    }
    console.log(tableOf(await byTurns(contenders, { rounds })))
  },
}

function validation(valueBytes: number, codec: number): Contender {
  const { batch, plainBytes } = batchOf(valueBytes, codec)
  return repeated(`records of ${valueBytes} bytes, ${codecName(codec) ?? ''}`, plainBytes, () => {
    if (!validateProduced(batch, rules, formats, NOW).accepted) throw new Error('refused')
  })
}
