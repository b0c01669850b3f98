/**
 * Which bytes of a segment may be handed out at once: their checksums were compared since the
 * broker started, and they are probably in the page cache. What this process appended is; what it
 * found on the disk is read once by the thread pool before it is served, so that the event loop does
 * not wait for a disk and a damaged batch is found by us and not by a consumer.
 */
export class WarmBytes {
  /** Bytes at the start of the segment that were there before this process. */
  #foundBytes = 0
  #from = 0
  #to = 0

  /** The segment was found with so many bytes, of which nothing is known. */
  found(sizeBytes: number): void {
    this.#foundBytes = sizeBytes
    this.#from = this.#to = 0
  }

  covers(from: number, to: number): boolean {
    const end = Math.min(to, this.#foundBytes)
    return from >= end || (from >= this.#from && end <= this.#to)
  }

  /** `[from, to)` was read and is intact. One run of bytes is remembered, the longest. */
  add(from: number, to: number): void {
    if (from <= this.#to && to >= this.#from) {
      this.#from = Math.min(this.#from, from)
      this.#to = Math.max(this.#to, to)
    } else if (to - from > this.#to - this.#from) {
      this.#from = from
      this.#to = to
    }
  }

  /** A read was slow: the page cache has let go of the segment. */
  coolDown(sizeBytes: number): void {
    this.found(sizeBytes)
  }
}
