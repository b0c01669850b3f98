/** Offsets of clients older than the offsets topic (OffsetCommit and OffsetFetch 0): below /consumers. */
import type { FetchedTopic, OffsetToCommit } from '../group/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import type { Znodes } from '../znodes/index.ts'

/** Of the metadata, which version 0 does not keep. */
const NO_METADATA = ''

export class ZooKeeperOffsets {
  readonly #znodes: Znodes
  readonly #maxMetadataBytes: () => number

  constructor(znodes: Znodes, maxMetadataBytes: () => number) {
    this.#znodes = znodes
    this.#maxMetadataBytes = maxMetadataBytes
  }

  commit(
    group: string,
    offsets: readonly OffsetToCommit[],
  ): Promise<{ topic: string; partition: number; errorCode: ErrorCode }[]> {
    return Promise.all(
      offsets.map(async ({ topic, partition, offset, metadata }) => {
        if (!isPathPart(group)) return { topic, partition, errorCode: ErrorCode.INVALID_GROUP_ID }
        if (metadata !== null && metadata.length > this.#maxMetadataBytes()) {
          return { topic, partition, errorCode: ErrorCode.OFFSET_METADATA_TOO_LARGE }
        }
        await this.#znodes.writeOldOffset(group, topic, partition, offset)
        return { topic, partition, errorCode: ErrorCode.NONE }
      }),
    )
  }

  fetch(
    group: string,
    topics: readonly { topic: string; partitions: readonly number[] }[],
  ): Promise<FetchedTopic[]> {
    return Promise.all(
      topics.map(async ({ topic, partitions }) => ({
        topic,
        partitions: await Promise.all(
          partitions.map(partition => this.#fetchOne(group, topic, partition)),
        ),
      })),
    )
  }

  async #fetchOne(group: string, topic: string, partition: number) {
    const isKept = isPathPart(group) && isPathPart(topic)
    const offset = isKept ? await this.#znodes.readOldOffset(group, topic, partition) : undefined
    return {
      partition,
      offset: offset ?? -1n,
      leaderEpoch: -1,
      metadata: NO_METADATA,
      errorCode: offset === undefined ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.NONE,
    }
  }
}

/** A group id becomes part of a path. */
function isPathPart(text: string): boolean {
  return /^[a-zA-Z0-9._-]+$/.test(text) && text !== '.' && text !== '..'
}
