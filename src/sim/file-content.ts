/**
 * The bytes of one file in memory: pages of 64 KB, made when first written, so that a file that was
 * extended without being written (Kafka's preallocated indexes) costs nothing. The first page grows
 * from small, because most files are small.
 */
const pageSizeBytes = 65_536
const smallestPageSizeBytes = 256

export class FileContent {
  /** Missing pages, and what a page is too short to hold, are zeros. No byte past `sizeBytes` is set. */
  readonly #pages: (Buffer | undefined)[] = []
  #sizeBytes = 0
  #allocatedBytes = 0

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** Memory in use, which a volume counts as occupied. */
  get allocatedBytes(): number {
    return this.#allocatedBytes
  }

  /** @returns bytes read: fewer than `length` only at the end */
  read(target: Buffer, offset: number, length: number, position: number): number {
    const end = Math.min(position + length, this.#sizeBytes)
    for (let at = position; at < end;) {
      const from = at % pageSizeBytes
      const count = Math.min(pageSizeBytes - from, end - at)
      const to = offset + at - position
      const page = this.#pages[(at - from) / pageSizeBytes]
      const isThere = page !== undefined && page.length > from
      const copied = isThere ? page.copy(target, to, from, from + count) : 0
      if (copied < count) target.fill(0, to + copied, to + count)
      at += count
    }
    return Math.max(0, end - position)
  }

  write(bytes: Buffer, position: number): void {
    const end = position + bytes.length
    for (let at = position; at < end;) {
      const from = at % pageSizeBytes
      const count = Math.min(pageSizeBytes - from, end - at)
      const page = this.#page((at - from) / pageSizeBytes, from + count)
      bytes.copy(page, from, at - position, at - position + count)
      at += count
    }
    if (bytes.length > 0) this.#sizeBytes = Math.max(this.#sizeBytes, end)
  }

  /** Cuts, or extends with zeros. */
  truncate(sizeBytes: number): void {
    const inLastPage = sizeBytes % pageSizeBytes
    const fullPages = (sizeBytes - inLastPage) / pageSizeBytes
    for (const page of this.#pages.splice(fullPages + (inLastPage > 0 ? 1 : 0))) {
      this.#allocatedBytes -= page?.length ?? 0
    }
    const lastPage = this.#pages[fullPages]
    if (lastPage !== undefined && lastPage.length > inLastPage) lastPage.fill(0, inLastPage)
    this.#sizeBytes = sizeBytes
  }

  slice(from: number, to: number): Buffer {
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(to, this.#sizeBytes) - from))
    this.read(bytes, 0, bytes.length, from)
    return bytes
  }

  /** The page, at least `neededBytes` long. */
  #page(index: number, neededBytes: number): Buffer {
    const page = this.#pages[index]
    if (page !== undefined && page.length >= neededBytes) return page
    const grown = Buffer.alloc(index === 0 ? pageSizeFor(neededBytes) : pageSizeBytes)
    page?.copy(grown)
    this.#allocatedBytes += grown.length - (page?.length ?? 0)
    // An assignment past the end would leave holes that make the array slow; they are filled in.
    while (this.#pages.length < index) this.#pages.push(undefined)
    this.#pages[index] = grown
    return grown
  }
}

function pageSizeFor(neededBytes: number): number {
  let sizeBytes = smallestPageSizeBytes
  while (sizeBytes < neededBytes) sizeBytes *= 2
  return Math.min(sizeBytes, pageSizeBytes)
}
