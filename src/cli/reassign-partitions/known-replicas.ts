/** Where the partitions of topics lie now. */
import { KafkaError, unwrap, type Admin } from '../../client/index.ts'
import { throughFuture } from '../java-text.ts'
import type { Assignment } from './reassignment-json.ts'

/** Of all partitions of the topics. @throws ToolError for a topic that is not there */
export async function replicasOfTopics(
  admin: Admin,
  topics: readonly string[],
): Promise<Assignment[]> {
  const described = await throughFuture(admin.describeTopics([...new Set(topics)]))
  const assignments: Assignment[] = []
  for (const [topic, outcome] of described) {
    const { partitions } = await throughFuture(Promise.resolve().then(() => found(topic, outcome)))
    for (const { partition, replicas } of partitions) {
      assignments.push({ topic, partition, replicas: replicas.map(({ id }) => id) })
    }
  }
  return assignments
}

function found<T>(topic: string, outcome: Parameters<typeof unwrap<T>>[0]): T {
  if (!outcome.ok && outcome.error.code === 'UNKNOWN_TOPIC_OR_PARTITION') {
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `Topic ${topic} not found.`)
  }
  return unwrap(outcome)
}
