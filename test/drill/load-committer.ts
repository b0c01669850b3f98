/** Commits ever higher offsets of a group, and remembers what was acknowledged. */
import assert from 'node:assert/strict'
import {
  ErrorCode,
  OffsetCommitRequest,
  OffsetCommitResponse,
  OffsetFetchRequest,
  OffsetFetchResponse,
} from '../../src/protocol/index.ts'
import { RawClient } from '../broker/raw-client.ts'

const COMMIT_VERSION = 7
const FETCH_VERSION = 5

export class LoadCommitter {
  readonly #groupId: string
  readonly #topic: string
  #sent = 0
  #acknowledged = 0
  #isStopping = false

  constructor(groupId: string, topic: string) {
    this.#groupId = groupId
    this.#topic = topic
  }

  get openRequests(): number {
    return this.#sent - this.#acknowledged
  }

  get acknowledgedOffset(): number {
    return this.#acknowledged
  }

  /** Commits until the broker closes the connection, or until `stop`. */
  async run(port: number): Promise<void> {
    this.#isStopping = false
    await using client = await RawClient.open(port)
    while (!client.isClosed && this.#goesOn()) {
      this.#sent = this.#acknowledged + 1
      const partitions = [
        { partitionIndex: 0, committedOffset: BigInt(this.#sent), committedMetadata: 'drill' },
      ]
      let answer: OffsetCommitResponse
      try {
        answer = await client.request([OffsetCommitRequest, OffsetCommitResponse], COMMIT_VERSION, {
          groupId: this.#groupId,
          groupInstanceId: null,
          topics: [{ name: this.#topic, partitions }],
        })
      } catch {
        return // the broker is dead: the commit stays open
      }
      const errorCode = answer.topics[0]?.partitions[0]?.errorCode
      if (errorCode === ErrorCode.NONE) this.#acknowledged = this.#sent
      else assert.ok(isPassing(errorCode), `commit: error ${errorCode}`)
    }
  }

  stop(): void {
    this.#isStopping = true
  }

  #goesOn(): boolean {
    return !this.#isStopping
  }

  /** The group resumes at what was acknowledged, or at what it had asked for last. */
  async check(client: RawClient): Promise<void> {
    while (true) {
      const answer = await client.request(
        [OffsetFetchRequest, OffsetFetchResponse],
        FETCH_VERSION,
        {
          groupId: this.#groupId,
          topics: [{ name: this.#topic, partitionIndexes: [0] }],
        },
      )
      if (isPassing(answer.errorCode)) continue
      const partition = answer.topics[0]?.partitions[0]
      assert.equal(partition?.errorCode, ErrorCode.NONE)
      // -1: nothing is committed yet, as when the first kill came before the first commit.
      const committed = Math.max(0, Number(partition.committedOffset))
      const range = `${this.#acknowledged} to ${this.#sent}`
      assert.ok(
        committed === this.#acknowledged || committed === this.#sent,
        `the group resumes at ${committed}, it had committed ${range}`,
      )
      this.#acknowledged = committed
      this.#sent = committed
      return
    }
  }
}

/** The coordinator reads its partition again after a start. */
function isPassing(errorCode: number | undefined): boolean {
  return (
    errorCode === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS ||
    errorCode === ErrorCode.NOT_COORDINATOR ||
    errorCode === ErrorCode.COORDINATOR_NOT_AVAILABLE
  )
}
