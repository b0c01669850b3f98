/** Removes all throttles: which brokers a reassignment had moved from is not known afterwards. */
import { javaHashCode } from '../../bytes/index.ts'
import { inHashOrder } from '../java-hash-order.ts'
import { throughFuture } from '../java-text.ts'
import type { ReassignRun } from './carry-out.ts'
import { alter } from './execute.ts'
import type { Assignment } from './reassignment-json.ts'
import { brokerThrottles, removals, topicThrottles } from './throttles.ts'

type Entities = readonly (string | number)[]

/** Of all brokers of the cluster and of the assignments, and of their topics. @throws ToolError */
export async function clearThrottles(
  { admin, print }: Pick<ReassignRun, 'admin' | 'print'>,
  assignments: readonly Assignment[],
): Promise<void> {
  const { brokers } = await throughFuture(admin.describeCluster())
  const { ids, topics } = throttled(
    brokers.map(({ id }) => id),
    assignments,
  )
  print(clearingText('broker', ids))
  await alter(admin, removals('BROKER', ids.map(String), brokerThrottles))
  print(clearingText('topic', topics))
  await alter(admin, removals('TOPIC', topics, topicThrottles))
}

export function throttled(brokerIds: readonly number[], assignments: readonly Assignment[]) {
  const ids = new Set([...brokerIds, ...assignments.flatMap(({ replicas }) => replicas)])
  const topics = new Set(assignments.map(({ topic }) => topic))
  return { ids: inHashOrder(ids, id => id), topics: inHashOrder(topics, javaHashCode) }
}

export function clearingText(kind: 'broker' | 'topic', entities: Entities): string {
  const plural = entities.length === 1 ? '' : 's'
  return `Clearing ${kind}-level throttles on ${kind}${plural} ${entities.join(',')}\n`
}
