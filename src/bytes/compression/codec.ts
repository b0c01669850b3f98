/** The compression codecs of record batches: numbers as in the attributes, names as in `compression.type`. */
export const CompressionCodec = { NONE: 0, GZIP: 1, SNAPPY: 2, LZ4: 3, ZSTD: 4 } as const

export type CodecName = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

const NAMES: readonly CodecName[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/** `undefined` for the numbers 5 to 7, which the attributes can hold but no codec has. */
export function codecName(codec: number): CodecName | undefined {
  return NAMES[codec]
}

export function codecNamed(name: CodecName): number {
  return NAMES.indexOf(name)
}
