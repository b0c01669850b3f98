/**
 * The log files of a day in the life of one broker, under the log4j.properties that we ship: what genuine Kafka
 * 3.9 says of topics, groups, transactions, loading and elections, ours says in the same files, by the same
 * loggers, at the same levels. `server-logs/differences.ts` names what is not said, and why.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { peerOrSkip } from '../peers/cache.ts'
import { referenceVersion } from '../peers/catalog.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { subjectKind } from '../peers/subject.ts'
import { onlyOurs, onlyTheirs, type Difference } from './server-logs/differences.ts'
import { wordsOf } from './server-logs/lines.ts'
import { files, logsOfADay, type LogFile, type LogLines } from './server-logs/scenario.ts'

test('a broker logs what Kafka logs', async t => {
  if ((await peerOrSkip(t, () => genuineDistribution(referenceVersion))) === undefined) return
  const [theirs, ours] = await Promise.all([logsOfADay('genuine'), logsOfADay(subjectKind)])
  const matched = new Set<Difference>()
  for (const file of files) {
    await t.test(`${file} says the same`, () => {
      const missing = unexplained(linesOnlyIn(theirs, ours, file), onlyTheirs, file, matched)
      const added = unexplained(linesOnlyIn(ours, theirs, file), onlyOurs, file, matched)
      assert.deepEqual({ missing, added }, { missing: [], added: [] })
    })
  }
  if (subjectKind === 'genuine') return
  await t.test('every listed difference is one', () => {
    const listed = [...onlyTheirs, ...onlyOurs].filter(({ isSometimes }) => isSometimes !== true)
    const stale = listed.filter(each => !matched.has(each)).map(({ pattern }) => String(pattern))
    assert.deepEqual(stale, [])
  })
})

function linesOnlyIn(one: LogLines, other: LogLines, file: LogFile): readonly string[] {
  const known = new Set(wordsOf(other[file]))
  return wordsOf(one[file]).filter(line => !known.has(line))
}

function unexplained(
  lines: readonly string[],
  differences: readonly Difference[],
  file: LogFile,
  matched: Set<Difference>,
): readonly string[] {
  return lines.filter(line => {
    const found = differences.find(each => each.files.includes(file) && each.pattern.test(line))
    if (found !== undefined) matched.add(found)
    return found === undefined
  })
}
