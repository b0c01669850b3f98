/** Small enumerations of ZooKeeper's protocol: permissions, node kinds, watch events. */

/** Bits of an ACL entry. */
export const Permission = { READ: 1, WRITE: 2, CREATE: 4, DELETE: 8, ADMIN: 16, ALL: 31 } as const

/** `flags` of a create request. */
export const CreateMode = {
  PERSISTENT: 0,
  EPHEMERAL: 1,
  PERSISTENT_SEQUENTIAL: 2,
  EPHEMERAL_SEQUENTIAL: 3,
  CONTAINER: 4,
  PERSISTENT_WITH_TTL: 5,
  PERSISTENT_SEQUENTIAL_WITH_TTL: 6,
} as const
export type CreateMode = (typeof CreateMode)[keyof typeof CreateMode]

/** `type` of a watch event. */
export const EventType = {
  NONE: -1,
  NODE_CREATED: 1,
  NODE_DELETED: 2,
  NODE_DATA_CHANGED: 3,
  NODE_CHILDREN_CHANGED: 4,
} as const
export type EventType = (typeof EventType)[keyof typeof EventType]

/** `state` of a watch event; a server only ever sends SYNC_CONNECTED. */
export const KeeperState = { SYNC_CONNECTED: 3 } as const

/** `mode` of an addWatch request. */
export const AddWatchMode = { PERSISTENT: 0, PERSISTENT_RECURSIVE: 1 } as const

/** `type` of a removeWatches or checkWatches request; 4 and 5 are new in 3.9. */
export const WatcherType = {
  CHILDREN: 1,
  DATA: 2,
  ANY: 3,
  PERSISTENT: 4,
  PERSISTENT_RECURSIVE: 5,
} as const
