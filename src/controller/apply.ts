import type { ControllerRecord } from './events.ts'
import type { ControllerState } from './state.ts'

/** Takes in what has happened. Never refuses: what it is given lies in ZooKeeper already. */
export function apply(state: ControllerState, record: ControllerRecord): void {
  switch (record.type) {
    case 'elected':
      state.epoch = record.epoch
      state.brokers.clear()
      state.shuttingDown.clear()
      state.offlineReplicas.clear()
      state.topics.clear()
      state.deletions.clear()
      state.requestedMoves = []
      return
    case 'brokers': {
      const before = new Map(state.brokers)
      state.brokers.clear()
      for (const broker of record.brokers) state.brokers.set(broker.id, broker)
      for (const [id, { epoch }] of before) {
        if (state.brokers.get(id)?.epoch === epoch) continue
        // A later life knows nothing of what the one before asked for, and tells of its disks anew.
        state.shuttingDown.delete(id)
        state.offlineReplicas.delete(id)
      }
      return
    }
    case 'shutting-down':
      state.shuttingDown.add(record.brokerId)
      return
    case 'offline-replicas':
      state.offlineReplicas.set(record.brokerId, record.all)
      return
    case 'assignment': {
      const topic = state.topics.get(record.topic)
      if (topic?.assignment.topicId === record.assignment.topicId)
        topic.assignment = record.assignment
      else state.topics.set(record.topic, { assignment: record.assignment, partitions: new Map() })
      return
    }
    case 'state':
      state.topics.get(record.topic)?.partitions.set(record.partition, record.state)
      return
    case 'requested-moves':
      state.requestedMoves = record.moves
      return
    case 'deletion-requested':
      if (!state.deletions.has(record.topic)) state.deletions.set(record.topic, undefined)
      return
    case 'deletion-started':
      state.deletions.set(record.topic, {
        remaining: new Map(
          [...record.remaining].map(([broker, partitions]) => [broker, new Set(partitions)]),
        ),
      })
      return
    case 'replicas-deleted': {
      const remaining = state.deletions.get(record.topic)?.remaining
      const partitions = remaining?.get(record.brokerId)
      for (const partition of record.partitions) partitions?.delete(partition)
      if (partitions?.size === 0) remaining?.delete(record.brokerId)
      return
    }
    case 'topic-removed':
      state.topics.delete(record.topic)
      state.deletions.delete(record.topic)
  }
}
