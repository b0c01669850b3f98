/** A look at a partition's segment files that shares no code with the broker: batch v2 headers only. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface StoredBatch {
  baseOffset: number
  recordCount: number
  codec: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
}

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const headerSizeBytes = 61

/** The batches of a partition folder in the order of their files and positions. */
export function storedBatches(partitionFolder: string): StoredBatch[] {
  const segments = readdirSync(partitionFolder).filter(name => name.endsWith('.log'))
  return segments.sort().flatMap(name => batchesOf(readFileSync(join(partitionFolder, name))))
}

function batchesOf(segment: Buffer): StoredBatch[] {
  const batches: StoredBatch[] = []
  for (let position = 0; position + headerSizeBytes <= segment.length;) {
    const lengthBytes = segment.readInt32BE(position + 8)
    const magic = segment.readInt8(position + 16)
    if (magic !== 2) throw new Error(`batch at position ${position} has magic ${magic}, not 2`)
    const codec = codecs[segment.readInt16BE(position + 21) & 7]
    if (codec === undefined) throw new Error(`batch at position ${position} has an unknown codec`)
    batches.push({
      baseOffset: Number(segment.readBigInt64BE(position)),
      recordCount: segment.readInt32BE(position + 57),
      codec,
    })
    position += 12 + lengthBytes
  }
  return batches
}
