/** Waiting for what others bring about, as long as a loaded machine may need. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

const PATIENCE_MS = 60_000
const POLL_MS = 100

/** Looks again and again, until what is seen `holds`. @throws AssertionError after a minute */
export async function untilSeen<T>(
  what: string,
  look: () => Promise<T>,
  holds: (seen: T) => boolean,
): Promise<T> {
  const endMs = Date.now() + PATIENCE_MS
  while (true) {
    const seen = await look()
    if (holds(seen)) return seen
    assert.ok(Date.now() < endMs, `${what}: not so after ${PATIENCE_MS} ms`)
    await sleep(POLL_MS)
  }
}

/** @throws AssertionError when it does not hold within a minute */
export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  await untilSeen(
    what,
    async () => holds(),
    isSo => isSo,
  )
}
