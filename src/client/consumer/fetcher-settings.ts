/** What a consumer's properties say of fetching. */
import type { ConsumerConfig } from '../../config/index.ts'
import type { IsolationLevel, OffsetSpec } from '../connection/list-offsets.ts'

export interface FetcherSettings {
  readonly minBytes: number
  readonly maxBytes: number
  readonly partitionMaxBytes: number
  readonly maxWaitMs: number
  readonly isolationLevel: IsolationLevel
  readonly checksCrcs: boolean
  readonly rackId: string
  readonly maxPollRecords: number
  /** What a position outside of the log becomes; `undefined`: an error. */
  readonly resetTo: OffsetSpec | undefined
}

export function fetcherSettings(config: ConsumerConfig): FetcherSettings {
  const policy = config.get('auto.offset.reset')
  return {
    minBytes: config.get('fetch.min.bytes'),
    maxBytes: config.get('fetch.max.bytes'),
    partitionMaxBytes: config.get('max.partition.fetch.bytes'),
    maxWaitMs: config.get('fetch.max.wait.ms'),
    isolationLevel: config.get('isolation.level') as IsolationLevel,
    checksCrcs: config.get('check.crcs'),
    rackId: config.get('client.rack'),
    maxPollRecords: config.get('max.poll.records'),
    resetTo: policy === 'none' ? undefined : (policy as OffsetSpec),
  }
}
