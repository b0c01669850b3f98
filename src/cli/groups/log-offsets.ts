/** Ends of partitions, as the tool about groups asks for them. */
import {
  unwrap,
  type ListedOffset,
  type OffsetSpec,
  type TopicPartition,
} from '../../client/index.ts'
import type { GroupCommand } from './group-command.ts'
import { wrapped } from './wrapped-error.ts'

/** By `topic-partition`. @throws WrappedError for the first partition that fails */
export async function logOffsets(
  { admin, timeoutMs }: GroupCommand,
  places: readonly TopicPartition[],
  spec: OffsetSpec,
): Promise<Map<string, ListedOffset>> {
  if (places.length === 0) return new Map()
  const questions = places.map(({ topic, partition }) => ({ topic, partition, spec }))
  return wrapped(
    2,
    admin
      .listOffsets(questions, { timeoutMs })
      .then(
        outcomes =>
          new Map(outcomes.map(one => [`${one.topic}-${one.partition}`, unwrap(one)] as const)),
      ),
  )
}
