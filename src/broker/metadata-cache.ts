/** The image that this broker answers from, and who waits for it to change. */
import type { Clock } from '../host/index.ts'
import {
  applyDelta,
  emptyImage,
  isKnown,
  type ClusterImage,
  type MetadataDelta,
} from '../metadata/index.ts'

export class MetadataCache {
  readonly #clock: Clock
  #image: ClusterImage
  readonly #waiting = new Set<() => void>()

  constructor(clusterId: string, clock: Clock) {
    this.#image = emptyImage(clusterId)
    this.#clock = clock
  }

  get image(): ClusterImage {
    return this.#image
  }

  /** Whether the cluster has this partition. */
  knows(topic: string, partition: number): boolean {
    const found = this.#image.topics.get(topic)?.partitions[partition]
    return found !== undefined && isKnown(found)
  }

  apply(delta: MetadataDelta): void {
    this.#image = applyDelta(this.#image, delta)
    for (const look of [...this.#waiting]) look()
  }

  /** Resolves with true once `isSeen` holds for the image, with false when `timeoutMs` has passed first. */
  waitFor(isSeen: (image: ClusterImage) => boolean, timeoutMs: number): Promise<boolean> {
    if (isSeen(this.#image)) return Promise.resolve(true)
    if (timeoutMs <= 0) return Promise.resolve(false)
    return new Promise(resolve => {
      const finish = (result: boolean): void => {
        timer.cancel()
        this.#waiting.delete(look)
        resolve(result)
      }
      const look = (): void => {
        if (isSeen(this.#image)) finish(true)
      }
      const timer = this.#clock.after(timeoutMs, () => finish(false))
      this.#waiting.add(look)
    })
  }
}
