import {
  array,
  bool,
  ignorable,
  int16,
  int32,
  int64,
  mapKey,
  message,
  since,
  string,
  tagged,
  withDefault,
  type MessageOf,
} from '../language.ts'

/**
 * What the broker can do, asked first on every connection. v0 to v2 are empty; v3 is flexible and
 * names the client (KIP-511); v4 lets a supported feature begin at 0 (KIP-584, KAFKA-17011).
 */
export const ApiVersionsRequest = message({
  name: 'ApiVersionsRequest',
  apiKey: 18,
  versions: [0, 4],
  flexible: 3,
  fields: {
    clientSoftwareName: since(3, ignorable(string)),
    clientSoftwareVersion: since(3, ignorable(string)),
  },
})
export type ApiVersionsRequest = MessageOf<typeof ApiVersionsRequest>

/**
 * Its header is v0 in all versions, and to an unknown version the answer has error 35, in v0, with
 * the versions of this API (KIP-511). v1 throttle time (KIP-124), v2 throttled on the client
 * (KIP-219), v3 flexible, with features as tags (KIP-584) and migration from ZooKeeper (KIP-866).
 */
export const ApiVersionsResponse = message({
  name: 'ApiVersionsResponse',
  apiKey: 18,
  versions: [0, 4],
  flexible: 3,
  fields: {
    errorCode: int16,
    apiKeys: array({ apiKey: mapKey(int16), minVersion: int16, maxVersion: int16 }),
    throttleTimeMs: since(1, ignorable(int32)),
    supportedFeatures: tagged(
      0,
      3,
      ignorable(array({ name: mapKey(string), minVersion: int16, maxVersion: int16 })),
    ),
    finalizedFeaturesEpoch: tagged(1, 3, ignorable(withDefault(int64, -1))),
    finalizedFeatures: tagged(
      2,
      3,
      ignorable(array({ name: mapKey(string), maxVersionLevel: int16, minVersionLevel: int16 })),
    ),
    zkMigrationReady: tagged(3, 3, ignorable(bool)),
  },
})
export type ApiVersionsResponse = MessageOf<typeof ApiVersionsResponse>
