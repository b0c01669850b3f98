/**
 * What is left of a gathered write of which the kernel took only `written` bytes. Empty parts at the
 * border are dropped, so that no call is made for nothing.
 */
export function remainingParts(parts: readonly Buffer[], written: number): readonly Buffer[] {
  let skipped = 0
  for (const [index, part] of parts.entries()) {
    if (skipped + part.length > written) {
      return [part.subarray(written - skipped), ...parts.slice(index + 1)]
    }
    skipped += part.length
  }
  return []
}
