/** Tells a new connection what this client waits for, in requests of a bounded size. */
import { OpCode, SetWatches, SetWatches2, writeRecord, Xid } from '../wire/index.ts'
import type { Link } from './link.ts'
import type { WatchKind, Watchers } from './watchers.ts'

/** Paths that go into one request, by their length: it must stay below jute.maxbuffer. */
const MAX_PATH_CHARS = 128 * 1024

const kinds: readonly WatchKind[] = ['data', 'exist', 'child', 'persistent', 'recursive']

/** The server answers at once with an event for whatever has changed since `lastZxid`. */
export function sendWatches(link: Link, watchers: Watchers, lastZxid: bigint): void {
  if (watchers.isEmpty) return
  const all = kinds.flatMap(kind => watchers.pathsOf(kind).map(path => ({ kind, path })))
  let chars = 0
  let start = 0
  all.forEach(({ path }, i) => {
    chars += path.length
    if (chars < MAX_PATH_CHARS && i < all.length - 1) return
    sendSome(link, all.slice(start, i + 1), lastZxid)
    start = i + 1
    chars = 0
  })
}

function sendSome(
  link: Link,
  some: readonly { kind: WatchKind; path: string }[],
  relativeZxid: bigint,
): void {
  const of = (wanted: WatchKind): string[] =>
    some.filter(({ kind }) => kind === wanted).map(({ path }) => path)
  const oneShot = {
    relativeZxid,
    dataWatches: of('data'),
    existWatches: of('exist'),
    childWatches: of('child'),
  }
  const persistentWatches = of('persistent')
  const persistentRecursiveWatches = of('recursive')
  // Servers before 3.6 know only the first form.
  if (persistentWatches.length === 0 && persistentRecursiveWatches.length === 0) {
    link.send({ xid: Xid.setWatches, type: OpCode.setWatches }, writer => {
      writeRecord(SetWatches, writer, oneShot)
    })
    return
  }
  link.send({ xid: Xid.setWatches, type: OpCode.setWatches2 }, writer => {
    writeRecord(SetWatches2, writer, { ...oneShot, persistentWatches, persistentRecursiveWatches })
  })
}
