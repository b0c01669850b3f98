/**
 * Which version of a request brokers of one cluster send each other. Nobody asks with ApiVersions: all
 * members serve what their common inter.broker.protocol.version knew (Kafka's MetadataVersion, and
 * ControllerChannelManager for what the controller sends).
 */
import { isAtLeast, type InterBrokerVersion } from '../../config/index.ts'
import { ApiKey, apiKeyId } from '../../protocol/index.ts'

type Step = readonly [since: InterBrokerVersion, version: number]

/** Newest first. What has no step for old clusters does not exist there. */
const steps: ReadonlyMap<number, readonly Step[]> = new Map<number, readonly Step[]>([
  [
    ApiKey.Fetch,
    [
      ['3.9-IV0', 17],
      ['3.7-IV4', 16],
      ['3.5-IV1', 15],
      ['3.5-IV0', 14],
      ['3.1-IV0', 13],
      ['2.7-IV1', 12],
      ['2.3-IV1', 11],
      ['2.1-IV2', 10],
      ['2.0-IV1', 8],
      ['1.1-IV0', 7],
      ['0.11.0-IV1', 5],
      ['0.11.0-IV0', 4],
      ['0.10.1-IV1', 3],
      ['0.10.0-IV0', 2],
      ['0.9.0', 1],
      ['0.8.0', 0],
    ],
  ],
  [
    ApiKey.ListOffsets,
    [
      ['3.9-IV0', 9],
      ['3.5-IV0', 8],
      ['3.0-IV1', 7],
      ['2.8-IV0', 6],
      ['2.2-IV1', 5],
      ['2.1-IV1', 4],
      ['2.0-IV1', 3],
      ['0.11.0-IV0', 2],
      ['0.10.1-IV2', 1],
      ['0.8.0', 0],
    ],
  ],
  [
    ApiKey.OffsetForLeaderEpoch,
    [
      ['2.8-IV0', 4],
      ['2.3-IV1', 3],
      ['2.1-IV1', 2],
      ['2.0-IV0', 1],
      ['0.11.0-IV2', 0],
    ],
  ],
  [
    ApiKey.LeaderAndIsr,
    [
      ['3.4-IV0', 7],
      ['3.2-IV0', 6],
      ['2.8-IV1', 5],
      ['2.4-IV1', 4],
      ['2.4-IV0', 3],
      ['2.2-IV0', 2],
      ['1.0-IV0', 1],
      ['0.8.0', 0],
    ],
  ],
  [
    ApiKey.UpdateMetadata,
    [
      ['3.4-IV0', 8],
      ['2.8-IV1', 7],
      ['2.4-IV1', 6],
      ['2.2-IV0', 5],
      ['1.0-IV0', 4],
      ['0.10.2-IV0', 3],
      ['0.10.0-IV1', 2],
      ['0.9.0', 1],
      ['0.8.0', 0],
    ],
  ],
  [
    ApiKey.StopReplica,
    [
      ['3.4-IV0', 4],
      ['2.6-IV0', 3],
      ['2.4-IV1', 2],
      ['2.2-IV0', 1],
      ['0.8.0', 0],
    ],
  ],
  [
    ApiKey.ControlledShutdown,
    [
      ['2.4-IV1', 3],
      ['2.2-IV0', 2],
      ['0.9.0', 1],
    ],
  ],
  [
    ApiKey.AlterPartition,
    [
      ['3.5-IV0', 3],
      ['3.3-IV0', 2],
      ['3.2-IV0', 1],
      ['2.7-IV2', 0],
    ],
  ],
  [ApiKey.AllocateProducerIds, [['3.0-IV0', 0]]],
  [
    ApiKey.WriteTxnMarkers,
    [
      ['2.8-IV0', 1],
      ['0.11.0-IV0', 0],
    ],
  ],
  // Other versions cannot only ask; a coordinator older than that is not asked (KIP-890).
  [ApiKey.AddPartitionsToTxn, [['3.6-IV0', 4]]],
  [
    ApiKey.CreateTopics,
    [
      ['2.8-IV1', 7],
      ['2.4-IV1', 5],
      ['2.0-IV0', 3],
      ['0.11.0-IV0', 2],
      ['0.10.1-IV0', 0],
    ],
  ],
])

/** The version to send; `undefined` where the cluster is too old to have the API. */
export function peerVersion(apiKey: number, spoken: InterBrokerVersion): number | undefined {
  return steps.get(apiKey)?.find(([since]) => isAtLeast(spoken, since))?.[1]
}

/** For what every cluster that gets here has. @throws RangeError */
export function requiredPeerVersion(apiKey: number, spoken: InterBrokerVersion): number {
  const version = peerVersion(apiKey, spoken)
  if (version !== undefined) return version
  throw new RangeError(`${apiKeyId(apiKey)} does not exist in version ${spoken} of the protocol`)
}
