/**
 * What is served of what is described. A version is described for all to compare and for our client to
 * speak; where this broker does not keep its promises yet, it does not offer them.
 */
import { ApiKey, apis, type Api, type Message, type VersionRange } from '../protocol/index.ts'

/** The newest versions that are served, where newer ones are described. */
const newest: ReadonlyMap<number, number> = new Map([
  // Beyond are transactions v2 (KIP-890, part 2) and what marks them (KIP-1228).
  [ApiKey.EndTxn, 4],
  [ApiKey.TxnOffsetCommit, 4],
  [ApiKey.WriteTxnMarkers, 1],
  // Beyond is a search by pattern (KIP-1152).
  [ApiKey.ListTransactions, 1],
])

/** Described, and not served at all: of clusters without ZooKeeper. */
const unserved: ReadonlySet<number> = new Set([ApiKey.UnregisterBroker])

/** What clients are told of. */
export const servedApis: readonly Api[] = apis.filter(({ key }) => !unserved.has(key))

/** Which versions of a request are answered. */
export function servedVersions(request: Message): VersionRange {
  const [first, last] = request.versions
  return [first, Math.min(last, newest.get(request.apiKey ?? -1) ?? last)]
}

/** Which of them clients are told of: without those that are not final. */
export function advertisedVersions({ request, advertised: [first, last] }: Api): VersionRange {
  return [first, Math.min(last, servedVersions(request)[1])]
}
