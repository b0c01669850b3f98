export { ApiKey, apiKeyId, apiKeyName } from './api-key.ts'
export { apiOf, apis, messages, type Api } from './apis.ts'
export {
  codecOf,
  decode,
  encode,
  MAX_REQUEST_ELEMENTS,
  MAX_RESPONSE_ELEMENTS,
  type Codec,
} from './codec.ts'
export { ErrorCode, errorName, errorText, isRetriable } from './error-code.ts'
export {
  readRequestHeader,
  readResponseHeader,
  RequestHeader,
  requestHeaderVersion,
  ResponseHeader,
  responseHeaderVersion,
  writeRequestHeader,
  writeResponseHeader,
} from './headers.ts'
export { jute } from './jute.ts'
export * from './language.ts'
export * from './messages/index.ts'
export {
  KRaftVersionRecord,
  SnapshotFooterRecord,
  SnapshotHeaderRecord,
  VotersRecord,
} from './kraft-control-records.ts'
export { messageJson } from './message-json.ts'
export { metadataRecords } from './metadata-records.ts'
export { newGroupRecords } from './new-group-records.ts'
export {
  RemoteLogSegmentMetadataRecord,
  RemoteLogSegmentMetadataSnapshotRecord,
  RemoteLogSegmentMetadataUpdateRecord,
  RemotePartitionDeleteMetadataRecord,
  remoteLogRecords,
} from './remote-log-records.ts'
export {
  GroupMetadataKey,
  GroupMetadataValue,
  OffsetCommitKey,
  OffsetCommitValue,
  TransactionLogKey,
  TransactionLogValue,
} from './stored-messages.ts'
export { allowsNull, fieldsIn, hasField, type FieldPath, type VersionTest } from './presence.ts'
export type { Field, Fields, InputOf, OutputOf, Type, ValueCodec, VersionRange } from './type.ts'
export { UnsupportedVersionError } from './unsupported-version-error.ts'
export { uuidOfBytes, uuidToBytes, ZERO_UUID } from './uuid.ts'
export { decodeVersioned, encodeVersioned } from './versioned.ts'
