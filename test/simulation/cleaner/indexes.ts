/** What the index files of finished segments must say: an entry that is wrong misleads retention and look-ups by time. */
import assert from 'node:assert/strict'
import type { FileSystem } from '../../../src/host/index.ts'
import { readOffsetIndex, readTimeIndex, type PartitionLog } from '../../../src/log/index.ts'
import { batchesIn } from '../../../src/records/index.ts'

/** Entries only grow, and the last one of the time index is the newest time of its segment. */
export function checkIndexes(
  files: FileSystem,
  { directory, activeSegmentBaseOffset }: PartitionLog,
): void {
  // prettier-ignore
  for (const name of files.list(directory)) {
    const stem = /^(\d{20})\.log$/.exec(name)?.[1]
    const baseOffset = Number(stem)
    if (stem === undefined || baseOffset === activeSegmentBaseOffset) continue
    const bytesOf = (ending: string): Buffer => files.readFile(`${directory}/${stem}${ending}`)
    const positions = [...readOffsetIndex(bytesOf('.index'), baseOffset)]
    assertGrowing(positions.map(({ position }) => position), `${stem}.index`) // prettier-ignore
    const times = [...readTimeIndex(bytesOf('.timeindex'), baseOffset)]
    assertGrowing(times.map(({ timestamp }) => timestamp), `${stem}.timeindex`) // prettier-ignore
    const newest = Array.from(batchesIn(bytesOf('.log')), ({ info }) => info.maxTimestamp)
    assert.equal(times.at(-1)?.timestamp ?? -1, Math.max(-1, ...newest), `${stem}.timeindex`)
  }
}

function assertGrowing(values: readonly number[], what: string): void {
  values.forEach((value, n) => {
    assert.ok(value > (values[n - 1] ?? 0), `entry ${n} of ${what} is ${value}`)
  })
}
