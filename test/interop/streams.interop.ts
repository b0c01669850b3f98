/**
 * Kafka Streams, unchanged: a WordCount with `exactly_once_v2`, and with the `exactly_once` of 2.6, whose
 * process is killed again and again while it counts; its internal topics; its reset to the beginning.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test, type TestContext } from 'node:test'
import { startSubject, subjectKind, type Subject } from '../peers/subject.ts'
import { WordCount, type ApplicationOptions } from './streams/application.ts'

/** When it is killed: so many counts shown since it was started, or so many committed in all. */
type Kill = { shown: number } | { committed: number }

const cases: readonly (ApplicationOptions & { kills: readonly Kill[] })[] = [
  {
    ...{ version: '3.9.2', guarantee: 'exactly_once_v2', resetBy: subjectKind },
    kills: [{ shown: 1 }, { committed: 600 }, { shown: 400 }, { committed: 2_700 }],
  },
  {
    ...{ version: '2.6.3', guarantee: 'exactly_once', resetBy: 'genuine' },
    kills: [{ committed: 300 }, { shown: 400 }],
  },
]

/** After those that a case names, until one has hit an open transaction. */
const MAX_EXTRA_KILLS = 10

let subject: Subject
before(async () => {
  subject = await startSubject()
})
after(() => subject.dispose())

// Both at a time: much of it is the start of a JVM.
describe('Kafka Streams', { concurrency: 2 }, () => {
  for (const options of cases) {
    const { version, guarantee, kills, resetBy } = options
    test(`Kafka Streams ${version} with ${guarantee}`, async t => {
      const application = await WordCount.make(t, subject, options)
      if (application === undefined) return
      let words: readonly string[] = []
      await t.test(
        `${version} counts exactly, though it is killed ${kills.length} times`,
        async () => {
          words = await countUnderKills(t, application, kills)
        },
      )
      await t.test(`the changelog of ${version} is compacted, the repartition topic emptied`, () =>
        checkInternalTopics(application, words),
      )
      await t.test(`${version} counts again after a reset by ${resetBy}`, () =>
        countAgain(t, application, words),
      )
    })
  }
})

/** The words that were counted. */
async function countUnderKills(
  t: TestContext,
  application: WordCount,
  kills: readonly Kill[],
): Promise<readonly string[]> {
  let words: readonly string[] = []
  for (const [round, kill] of kills.entries()) {
    words = await send(application, words, round)
    const running = application.start(t, 'state')
    if ('committed' in kill) await application.untilOutputHas(kill.committed)
    else await running.until('counts', ({ stdout }) => countsIn(stdout) >= kill.shown)
    await running.stop('SIGKILL')
  }

  // On an idle machine a transaction is over before the kill comes.
  for (let extra = 0; !(await hasHit(application)); extra += 1) {
    assert.ok(extra < MAX_EXTRA_KILLS, 'no kill hits a transaction with records in it')
    words = await send(application, words, kills.length + extra)
    const running = application.start(t, 'state')
    await running.until('counts', ({ stdout }) => countsIn(stdout) > 100 * extra)
    await running.stop('SIGKILL')
  }

  words = await send(application, words, kills.length)
  const last = application.start(t, 'state')
  const counts = await application.untilOutputHas(words.length)
  await last.stop('SIGTERM')
  const written = await application.counts(application.output, [
    ...['-X', 'isolation.level=read_uncommitted'],
  ])

  assert.deepEqual(counts, expected(words))
  assert.ok(numberOf(written) > words.length, 'a kill has hit a transaction with records in it')
  assert.ok(countsIn(last.stdout) < words.length, 'what is committed is not counted again')
  return words
}

/** Whether there are records of a transaction that was not, or not yet, committed. */
async function hasHit(application: WordCount): Promise<boolean> {
  const written = await application.counts(application.output, [
    ...['-X', 'isolation.level=read_uncommitted'],
  ])
  // Afterwards: a marker may have been on its way.
  const committed = await application.counts(application.output)
  return numberOf(written) > numberOf(committed)
}

async function checkInternalTopics(
  application: WordCount,
  words: readonly string[],
): Promise<void> {
  const configs = async (topic: string): Promise<string[] | undefined> => {
    const stdout = await application.tool('kafka-topics.sh', ['--describe', '--topic', topic])
    return /\tConfigs: (\S*)/.exec(stdout)?.[1]?.split(',').sort()
  }

  assert.deepEqual(await configs(application.changelog), [
    ...['cleanup.policy=compact', 'message.timestamp.type=CreateTime'],
  ])
  assert.deepEqual(await configs(application.repartition), [
    ...['cleanup.policy=delete', 'message.timestamp.type=CreateTime'],
    ...['retention.ms=-1', 'segment.bytes=52428800'],
  ])
  assert.deepEqual(
    await application.counts(application.changelog, ['-s', 'value=q']),
    expected(words),
  )
  const deleted = await application.sumOfOffsets(application.repartition, 'earliest')
  const written = await application.sumOfOffsets(application.repartition, 'latest')
  assert.ok(written > words.length)
  assert.ok(deleted > written / 2, `of ${written} records ${deleted} are deleted`)
}

async function countAgain(
  t: TestContext,
  application: WordCount,
  words: readonly string[],
): Promise<void> {
  const printed = await application.reset()
  const left = await application.tool('kafka-topics.sh', ['--list'])
  const running = application.start(t, 'clean-state')
  const counts = await application.untilOutputHas(2 * words.length)
  await running.stop('SIGTERM')

  assert.match(
    printed,
    new RegExp(`^Reset-offsets for input topics \\[${application.input}\\]$`, 'm'),
  )
  assert.doesNotMatch(left, new RegExp(`^${application.id}-`, 'm'), 'internal topics are deleted')
  const once = expected(words)
  assert.deepEqual(counts, new Map([...once].map(([word, each]) => [word, [...each, ...each]])))
}

/** Sends 300 lines of four words each, the words of `round`; all words so far. */
async function send(
  application: WordCount,
  sent: readonly string[],
  round: number,
): Promise<string[]> {
  const words = Array.from(
    { length: 1_200 },
    (_, i) => vocabulary[(i * (round + 3) + Math.floor(i / 7)) % vocabulary.length] ?? '',
  )
  const lines = words.flatMap((_, i) => (i % 4 === 0 ? [words.slice(i, i + 4).join(' ')] : []))
  await application.send(lines)
  return [...sent, ...words]
}

const vocabulary = 'a broker keeps what it was told and a reader counts what it was given'.split(
  ' ',
)

/** Each word's counts are 1, 2, 3 and so on. */
function expected(words: readonly string[]): Map<string, number[]> {
  const counts = new Map<string, number[]>()
  for (const word of words) {
    const before = counts.get(word) ?? []
    counts.set(word, [...before, before.length + 1])
  }
  return counts
}

function numberOf(counts: ReadonlyMap<string, readonly number[]>): number {
  return [...counts.values()].flat().length
}

function countsIn(stdout: string): number {
  return stdout.match(/^\w+ \d+$/gm)?.length ?? 0
}
