import type { BrokerConfig } from '../config/index.ts'
import type { ThrottleSide } from './replication-throttle.ts'

/** What the broker's configuration says about replication; read at each use, as some of it may change. */
export interface ReplicationSettings {
  /** `replica.lag.time.max.ms` */
  readonly lagTimeMaxMs: number
  /** `num.replica.fetchers`: for each leader. */
  readonly fetcherCount: number
  /** `replica.fetch.max.bytes`: of one partition. */
  readonly fetchMaxBytes: number
  /** `replica.fetch.min.bytes` */
  readonly fetchMinBytes: number
  /** `replica.fetch.wait.max.ms` */
  readonly fetchWaitMaxMs: number
  /** `replica.fetch.backoff.ms` */
  readonly fetchBackoffMs: number
  /** `replica.fetch.response.max.bytes`: of all partitions together. */
  readonly fetchResponseMaxBytes: number
  /** `leader.replication.throttled.rate` and the follower's, in bytes per second; Infinity: none. */
  readonly throttledRate: Readonly<Record<ThrottleSide, number>>
  /** `replication.quota.window.*` */
  readonly throttleWindows: { readonly count: number; readonly sizeMs: number }
  /** `replica.alter.log.dirs.io.max.bytes.per.second`, in which windows it is counted. */
  readonly moves: {
    readonly rate: number
    readonly windows: { readonly count: number; readonly sizeMs: number }
  }
  /** `replica.selector.class` names RackAwareReplicaSelector (KIP-392). */
  readonly selectsByRack: boolean
}

/** Kafka's defaults. */
export const defaultReplicationSettings: ReplicationSettings = {
  lagTimeMaxMs: 30_000,
  fetcherCount: 1,
  fetchMaxBytes: 1_048_576,
  fetchMinBytes: 1,
  fetchWaitMaxMs: 500,
  fetchBackoffMs: 1_000,
  fetchResponseMaxBytes: 10_485_760,
  throttledRate: { leader: Infinity, follower: Infinity },
  throttleWindows: { count: 11, sizeMs: 1_000 },
  moves: { rate: Infinity, windows: { count: 11, sizeMs: 1_000 } },
  selectsByRack: false,
}

const RACK_AWARE = 'org.apache.kafka.common.replica.RackAwareReplicaSelector'

/** @param rates set at run time only, and so beside the configuration */
export function replicationSettingsOf(
  config: BrokerConfig,
  rates: ReplicationSettings['throttledRate'] & { readonly moves: number },
): ReplicationSettings {
  const { moves, ...throttledRate } = rates
  return {
    lagTimeMaxMs: config.get('replica.lag.time.max.ms'),
    fetcherCount: config.get('num.replica.fetchers'),
    fetchMaxBytes: config.get('replica.fetch.max.bytes'),
    fetchMinBytes: config.get('replica.fetch.min.bytes'),
    fetchWaitMaxMs: config.get('replica.fetch.wait.max.ms'),
    fetchBackoffMs: config.get('replica.fetch.backoff.ms'),
    fetchResponseMaxBytes: config.get('replica.fetch.response.max.bytes'),
    throttledRate,
    throttleWindows: {
      count: config.get('replication.quota.window.num'),
      sizeMs: config.get('replication.quota.window.size.seconds') * 1_000,
    },
    moves: {
      rate: moves,
      windows: {
        count: config.get('alter.log.dirs.replication.quota.window.num'),
        sizeMs: config.get('alter.log.dirs.replication.quota.window.size.seconds') * 1_000,
      },
    },
    selectsByRack: config.get('replica.selector.class') === RACK_AWARE,
  }
}
