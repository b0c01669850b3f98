import {
  array,
  between,
  bool,
  ignorable,
  int16,
  int32,
  int8,
  mapKey,
  message,
  nullable,
  since,
  string,
  withDefault,
  type MessageOf,
} from '../language.ts'

/**
 * Finalises features (KIP-584). v1 the type of the upgrade instead of whether downgrades are allowed, and
 * validation alone (KIP-778); v2 changes the response only.
 */
export const UpdateFeaturesRequest = message({
  name: 'UpdateFeaturesRequest',
  apiKey: 57,
  versions: [0, 2],
  flexible: 0,
  fields: {
    timeoutMs: withDefault(int32, 60_000),
    featureUpdates: array({
      feature: mapKey(string),
      maxVersionLevel: int16,
      allowDowngrade: between(0, 0, bool),
      upgradeType: since(1, withDefault(int8, 1)),
    }),
    validateOnly: since(1, bool),
  },
})
export type UpdateFeaturesRequest = MessageOf<typeof UpdateFeaturesRequest>

/** By feature; v2 one error for all of them (KIP-1022). */
export const UpdateFeaturesResponse = message({
  name: 'UpdateFeaturesResponse',
  apiKey: 57,
  versions: [0, 2],
  flexible: 0,
  fields: {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: nullable(string),
    results: between(
      0,
      1,
      ignorable(
        array({ feature: mapKey(string), errorCode: int16, errorMessage: nullable(string) }),
      ),
    ),
  },
})
export type UpdateFeaturesResponse = MessageOf<typeof UpdateFeaturesResponse>
