/**
 * The files of a partition that are not records: indexes, leader epochs, topic id. A topic with a
 * thousand partitions has thousands of them, so that a log makes them soon after it was made or
 * rolled, among others, and at the latest with its first record. Nothing is lost with one that a
 * crash finds missing.
 */
import assert from 'node:assert/strict'
import { StorageError } from '../host/index.ts'
import type { LogHealth } from './log-health.ts'
import type { LogParts } from './log-parts.ts'
import { writeTopicId } from './partition-metadata.ts'
import type { Segment } from './segment.ts'

export interface SmallFilesOptions {
  readonly parts: LogParts
  readonly health: LogHealth
  readonly topicId: string | undefined
  /** None of them is there yet. */
  readonly isNew: boolean
}

export class SmallFiles {
  readonly #parts: LogParts
  readonly #health: LogHealth
  #topicId: string | undefined
  #owesTopicId: boolean
  #isSettled: boolean
  /** The active segment when they were settled, or were about to be. */
  #segment: Segment

  constructor({ parts, health, topicId, isNew }: SmallFilesOptions) {
    this.#parts = parts
    this.#health = health
    this.#topicId = topicId
    this.#owesTopicId = isNew && topicId !== undefined
    this.#isSettled = !isNew
    this.#segment = parts.segments.active
    if (isNew) this.#settleLater()
  }

  get topicId(): string | undefined {
    return this.#topicId
  }

  assignTopicId(topicId: string): void {
    assert(this.#topicId === undefined || this.#topicId === topicId, 'a topic id is for good')
    if (this.#topicId === topicId) return
    this.#topicId = topicId
    this.#owesTopicId = true
    this.owe()
  }

  /** One of them is not what it is in memory. */
  owe(): void {
    this.#isSettled = false
    this.#settleLater()
  }

  /** Before records are written. @throws StorageError */
  beforeWrite(): void {
    if (!this.#isSettled) this.settle()
  }

  /** After records were written: a new segment may have begun. */
  afterWrite(): void {
    if (this.#segment !== this.#parts.segments.active) this.#settleLater()
  }

  /** Makes them what they are in memory. @throws StorageError */
  settle(): void {
    const { context, directory, epochs, segments } = this.#parts
    if (this.#owesTopicId && this.#topicId !== undefined) {
      writeTopicId(context.host.files, directory, this.#topicId)
    }
    this.#owesTopicId = false
    epochs.settle()
    segments.active.settle()
    this.#isSettled = true
  }

  #settleLater(): void {
    this.#segment = this.#parts.segments.active
    this.#parts.context.slices.add(() => {
      if (!this.#health.isOpen) return
      try {
        this.#health.guard(() => this.settle())
      } catch (error) {
        // Its directory is offline now, and nobody waits for this.
        if (!(error instanceof StorageError)) throw error
      }
    })
  }
}
