/** Names of Java's exception classes by error code: tools print them. */
import type { ErrorCode } from '../protocol/index.ts'

type Name = keyof typeof ErrorCode

/** Where the class is not the words of the code with `Exception` behind them. */
const irregular: Partial<Record<Name, string>> = {
  CORRUPT_MESSAGE: 'CorruptRecordException',
  MESSAGE_TOO_LARGE: 'RecordTooLargeException',
  STALE_CONTROLLER_EPOCH: 'ControllerMovedException',
  OFFSET_METADATA_TOO_LARGE: 'OffsetMetadataTooLarge',
  NETWORK_EXCEPTION: 'NetworkException',
  REQUEST_TIMED_OUT: 'TimeoutException',
  INVALID_TOPIC_EXCEPTION: 'InvalidTopicException',
  RECORD_LIST_TOO_LARGE: 'RecordBatchTooLargeException',
  COORDINATOR_LOAD_IN_PROGRESS: 'CoordinatorLoadInProgressException',
  TOPIC_AUTHORIZATION_FAILED: 'TopicAuthorizationException',
  GROUP_AUTHORIZATION_FAILED: 'GroupAuthorizationException',
  CLUSTER_AUTHORIZATION_FAILED: 'ClusterAuthorizationException',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'TransactionalIdAuthorizationException',
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: 'DelegationTokenAuthorizationException',
  TOPIC_ALREADY_EXISTS: 'TopicExistsException',
  INVALID_CONFIG: 'InvalidConfigurationException',
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 'UnsupportedForMessageFormatException',
  OUT_OF_ORDER_SEQUENCE_NUMBER: 'OutOfOrderSequenceException',
  DUPLICATE_SEQUENCE_NUMBER: 'DuplicateSequenceException',
  INVALID_PRODUCER_ID_MAPPING: 'InvalidPidMappingException',
  INVALID_TRANSACTION_TIMEOUT: 'InvalidTxnTimeoutException',
  TRANSACTION_COORDINATOR_FENCED: 'TransactionCoordinatorFencedException',
  SASL_AUTHENTICATION_FAILED: 'SaslAuthenticationException',
  DELEGATION_TOKEN_AUTH_DISABLED: 'DelegationTokenDisabledException',
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: 'UnsupportedByAuthenticationException',
  NON_EMPTY_GROUP: 'GroupNotEmptyException',
  UNSTABLE_OFFSET_COMMIT: 'UnstableOffsetCommitException',
  INVALID_RECORD: 'org.apache.kafka.common.InvalidRecordException',
  FETCH_SESSION_TOPIC_ID_ERROR: 'FetchSessionTopicIdException',
}

/** Of an error that a broker answered with. */
export function exceptionNameOf(code: Name): string {
  const simple = irregular[code] ?? `${camelCased(code)}Exception`
  return simple.includes('.') ? simple : `org.apache.kafka.common.errors.${simple}`
}

function camelCased(code: string): string {
  return code
    .split('_')
    .map(word => word.charAt(0) + word.slice(1).toLowerCase())
    .join('')
}
