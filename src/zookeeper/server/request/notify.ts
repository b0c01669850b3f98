/** Whom a change concerns: the watches it sets off, and which watchers may learn of it. */
import { EventType, Permission, type Acl } from '../../wire/index.ts'
import type { TreeEvent } from '../tree/data-tree.ts'
import { parentOf } from '../../wire/path.ts'
import { isAllowed } from './access.ts'
import type { Client, ServerState } from './state.ts'

/** One event for one client. */
export interface Notification {
  client: Client
  type: EventType
  path: string
}

/**
 * Uses up the watches that `events` set off. A watcher without READ on the node is not told
 * (CVE-2024-23944), though its watch is gone.
 */
export function notificationsOf(state: ServerState, events: readonly TreeEvent[]): Notification[] {
  const { dataWatches, childWatches } = state
  const notifications: Notification[] = []
  const tell = (
    clients: Iterable<Client>,
    event: { type: EventType; path: string; acls: readonly Acl[] },
  ): void => {
    for (const client of clients) {
      if (!isAllowed(event.acls, Permission.READ, client.identities)) continue
      notifications.push({ client, type: event.type, path: event.path })
    }
  }
  for (const event of events) {
    const { path, acls } = event
    if (event.kind === 'data-changed') {
      tell(dataWatches.trigger(path), { type: EventType.NODE_DATA_CHANGED, path, acls })
      continue
    }
    if (event.kind === 'created') {
      tell(dataWatches.trigger(path), { type: EventType.NODE_CREATED, path, acls })
    } else {
      const gone = dataWatches.trigger(path)
      // One connection is told once, though it watched data and children.
      for (const client of childWatches.trigger(path)) gone.add(client)
      tell(gone, { type: EventType.NODE_DELETED, path, acls })
    }
    const parent = parentOf(path)
    const changed = { type: EventType.NODE_CHILDREN_CHANGED, path: parent, acls: event.parentAcls }
    tell(childWatches.trigger(parent), changed)
  }
  return notifications
}
