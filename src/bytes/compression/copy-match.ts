/** From this length on moving memory is worth the call. */
const MOVE_FROM_BYTES = 48

/**
 * Repeats what stands `distance` bytes before `position`: what every LZ77 decoder does most. A match
 * may run into what it writes itself. The caller has checked that both lie in `target`.
 */
export function copyMatch(
  target: Buffer,
  position: number,
  distance: number,
  length: number,
): void {
  const from = position - distance
  if (length < MOVE_FROM_BYTES) {
    for (let index = 0; index < length; index += 1) {
      target[position + index] = target[from + index] as number
    }
    return
  }
  // What was written repeats the pattern, so each move may take all that is there.
  for (let done = 0; done < length;) {
    const count = Math.min(distance + done, length - done)
    target.copyWithin(position + done, from, from + count)
    done += count
  }
}
