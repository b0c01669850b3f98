import { array, int32, mapKey, nullable, string, struct, withDefault } from '../language.ts'

/** The leader that a client should have asked, -1 when it asked the right one (KIP-951). */
export const currentLeader = struct({
  leaderId: withDefault(int32, -1),
  leaderEpoch: withDefault(int32, -1),
})

/** Where those leaders are, so that a client can go there without asking for metadata (KIP-951). */
export const nodeEndpoints = array({
  nodeId: mapKey(int32),
  host: string,
  port: int32,
  rack: nullable(string),
})
