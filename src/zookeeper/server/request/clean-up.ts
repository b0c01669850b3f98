/** Nodes that the server deletes by itself. Mirrors ZooKeeper's `ContainerManager`. */
import type { DataTree } from '../tree/data-tree.ts'
import { ttlMsOf } from '../tree/ephemeral-owner.ts'

/** At most so many a look, so that they never crowd out what clients ask for. */
const MAX_CANDIDATES = 1000

/** Containers that had children and have none left, and empty nodes that outlived their time. */
export function cleanUpCandidates(tree: DataTree, wallMs: number): string[] {
  const candidates: string[] = []
  for (const path of tree.containers) {
    const node = tree.get(path)
    if (node === undefined || node.children !== null || node.stat.cversion <= 0) continue
    candidates.push(path)
  }
  for (const path of tree.ttlNodes) {
    const node = tree.get(path)
    if (node === undefined || node.children !== null) continue
    const ageMs = BigInt(Math.floor(wallMs)) - node.stat.mtime
    if (ageMs > ttlMsOf(node.stat.ephemeralOwner)) candidates.push(path)
  }
  return candidates.slice(0, MAX_CANDIDATES)
}
