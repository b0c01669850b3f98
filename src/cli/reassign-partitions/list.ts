/** `--list`: what is being moved. */
import { throughFuture } from '../java-text.ts'
import type { ReassignRun } from './carry-out.ts'
import { byPartition, nameOf } from './reassignment-json.ts'

export async function list({ admin, print }: ReassignRun): Promise<void> {
  const underWay = await throughFuture(admin.listPartitionReassignments())
  if (underWay.length === 0) {
    print('No partition reassignments found.\n')
    return
  }
  print('Current partition reassignments:\n')
  for (const one of underWay.toSorted(byPartition)) {
    const { replicas, addingReplicas: adding, removingReplicas: removing } = one
    const added = adding.length === 0 ? '' : ` adding: ${adding.join(',')}.`
    const removed = removing.length === 0 ? '' : ` removing: ${removing.join(',')}.`
    print(`${nameOf(one)}: replicas: ${replicas.join(',')}.${added}${removed}\n`)
  }
}
