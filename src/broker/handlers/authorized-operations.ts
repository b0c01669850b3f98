/** What the caller may do (KIP-430), as bits by AclOperation number. Without an authorizer: everything that the resource knows. */

const READ = 3
const WRITE = 4
const CREATE = 5
const DELETE = 6
const ALTER = 7
const DESCRIBE = 8
const CLUSTER_ACTION = 9
const DESCRIBE_CONFIGS = 10
const ALTER_CONFIGS = 11
const IDEMPOTENT_WRITE = 12

/** The field of an answer when nobody asked. */
export const NOT_ASKED = -0x8000_0000

const bits = (...operations: number[]): number =>
  operations.reduce((set, operation) => set | (1 << operation), 0)

export const topicOperations = bits(
  READ,
  WRITE,
  CREATE,
  DELETE,
  ALTER,
  DESCRIBE,
  DESCRIBE_CONFIGS,
  ALTER_CONFIGS,
)
export const groupOperations = bits(READ, DELETE, DESCRIBE)
export const clusterOperations = bits(
  CREATE,
  ALTER,
  DESCRIBE,
  CLUSTER_ACTION,
  DESCRIBE_CONFIGS,
  ALTER_CONFIGS,
  IDEMPOTENT_WRITE,
)
