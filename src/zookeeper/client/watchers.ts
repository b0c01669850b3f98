/**
 * Who in this process waits for which event. One-shot watchers are forgotten when they are told;
 * what is left is set again on the next connection. Paths are the server's, chroot included.
 */
import { EventType } from '../wire/index.ts'

/** Something happened to a node. `path` is without the chroot. */
export interface WatchEvent {
  type: EventType
  path: string
}

export type Watcher = (event: WatchEvent) => void

/** data: the node is there, its data is watched · exist: it is not, its creation is · child: its children are. */
export type WatchKind = 'data' | 'exist' | 'child' | 'persistent' | 'recursive'

const kinds = ['data', 'exist', 'child', 'persistent', 'recursive'] as const

const eventTypes: ReadonlySet<number> = new Set(Object.values(EventType))

export function isEventType(type: number): type is EventType {
  return eventTypes.has(type)
}

/** Which kinds of one-shot watches an event uses up. */
const usedUpBy: Readonly<Record<number, readonly WatchKind[]>> = {
  [EventType.NODE_CREATED]: ['data', 'exist'],
  [EventType.NODE_DATA_CHANGED]: ['data', 'exist'],
  [EventType.NODE_DELETED]: ['data', 'exist', 'child'],
  [EventType.NODE_CHILDREN_CHANGED]: ['child'],
}

export class Watchers {
  readonly #byKind: Record<WatchKind, Map<string, Set<Watcher>>> = {
    data: new Map(),
    exist: new Map(),
    child: new Map(),
    persistent: new Map(),
    recursive: new Map(),
  }

  add(kind: WatchKind, path: string, watcher: Watcher): void {
    const watchers = this.#byKind[kind].get(path)
    if (watchers === undefined) this.#byKind[kind].set(path, new Set([watcher]))
    else watchers.add(watcher)
  }

  /** Forgets all watchers of `path` in the given kinds. */
  remove(path: string, removed: readonly WatchKind[]): void {
    for (const kind of removed) this.#byKind[kind].delete(path)
  }

  /** Whom an event at `path` reaches; one-shot watchers among them are forgotten. */
  take(type: EventType, path: string): Watcher[] {
    const reached = new Set<Watcher>()
    for (const kind of usedUpBy[type] ?? []) {
      for (const watcher of this.#byKind[kind].get(path) ?? []) reached.add(watcher)
      this.#byKind[kind].delete(path)
    }
    for (const watcher of this.#byKind.persistent.get(path) ?? []) reached.add(watcher)
    if (type !== EventType.NODE_CHILDREN_CHANGED) {
      for (const at of selfAndParents(path)) {
        for (const watcher of this.#byKind.recursive.get(at) ?? []) reached.add(watcher)
      }
    }
    return [...reached]
  }

  /** The paths of a kind, for `setWatches`. */
  pathsOf(kind: WatchKind): string[] {
    return [...this.#byKind[kind].keys()]
  }

  get isEmpty(): boolean {
    return kinds.every(kind => this.#byKind[kind].size === 0)
  }

  clear(): void {
    for (const kind of kinds) this.#byKind[kind].clear()
  }
}

function* selfAndParents(path: string): Generator<string> {
  yield path
  for (let at = path; at !== '/';) {
    const slash = at.lastIndexOf('/')
    at = slash <= 0 ? '/' : at.slice(0, slash)
    yield at
  }
}
