/** The same requests of the group protocol to genuine Kafka and to us: the answers must be the same. */
import { strict as assert } from 'node:assert'
import { test, type TestContext } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { peerOrSkip } from '../peers/cache.ts'
import { startSubject, type Subject } from '../peers/subject.ts'
import { conversations, prepare, Talk, type Heard } from './groups/conversations.ts'

test('groups are coordinated as genuine Kafka 3.9 does', async t => {
  const genuine = await peerOrSkip(t, () => startSubject({ kind: 'genuine' }))
  if (genuine === undefined) return
  t.after(() => genuine.dispose())
  const ours = await startSubject({ kind: 'tidelog' })
  t.after(() => ours.dispose())
  await Promise.all([genuine, ours].map(prepared))

  for (const name of Object.keys(conversations)) await compare(t, name, genuine, ours)
})

async function prepared(subject: Subject): Promise<void> {
  const talk = new Talk(subject.bootstrap)
  await prepare(talk)
  talk.close()
}

async function compare(
  t: TestContext,
  name: string,
  genuine: Subject,
  ours: Subject,
): Promise<void> {
  await t.test(name, async () => {
    const [theirs, own] = await Promise.all([genuine, ours].map(subject => hear(name, subject)))
    assert(theirs !== undefined && own !== undefined)

    const isSame = (index: number): boolean => isDeepStrictEqual(own[index], theirs[index])
    const differing = (heard: readonly Heard[]) => heard.filter((_, index) => !isSame(index))
    assert.deepEqual(differing(own), differing(theirs))
    assert.equal(own.length, theirs.length)
  })
}

async function hear(name: string, subject: Subject): Promise<readonly Heard[]> {
  const talk = new Talk(subject.bootstrap)
  try {
    await conversations[name]?.(talk)
  } finally {
    talk.close()
  }
  return talk.heard
}
