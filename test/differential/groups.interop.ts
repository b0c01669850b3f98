/** The same requests of the group protocol to genuine Kafka and to us: the answers must be the same. */
import { strict as assert } from 'node:assert'
import { test, type TestContext } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { peerOrSkip } from '../peers/cache.ts'
import { newestVersion, startKraft } from '../peers/kraft.ts'
import { referenceVersion, startSubject } from '../peers/subject.ts'
import { Talk, type Conversation, type Heard } from './groups/client.ts'
import { conversations, prepare } from './groups/conversations.ts'
import { newestConversations } from './groups/newest.ts'

interface Peer {
  readonly bootstrap: string
  dispose(): Promise<void>
}

test(`groups are coordinated as genuine Kafka ${referenceVersion} does`, async t => {
  await compareAll(t, () => startSubject({ kind: 'genuine' }), conversations)
})

test(`versions of later requests are answered as genuine Kafka ${newestVersion} does`, async t => {
  await compareAll(t, startKraft, newestConversations)
})

async function compareAll(
  t: TestContext,
  startGenuine: () => Promise<Peer>,
  wanted: Readonly<Record<string, Conversation>>,
): Promise<void> {
  const genuine = await peerOrSkip(t, () => startGenuine())
  if (genuine === undefined) return
  t.after(() => genuine.dispose())
  const ours = await startSubject({ kind: 'tidelog' })
  t.after(() => ours.dispose())
  const peers = [genuine, ours]
  await Promise.all(peers.map(peer => hear(prepare, peer)))

  for (const [name, conversation] of Object.entries(wanted)) {
    await t.test(name, async () => {
      const [theirs, own] = await Promise.all(peers.map(peer => hear(conversation, peer)))
      assert(theirs !== undefined && own !== undefined)
      const isSame = (index: number): boolean => isDeepStrictEqual(own[index], theirs[index])
      const differing = (heard: readonly Heard[]) => heard.filter((_, index) => !isSame(index))

      assert.deepEqual(differing(own), differing(theirs))
      assert.equal(own.length, theirs.length)
    })
  }
}

async function hear(conversation: Conversation, peer: Peer): Promise<readonly Heard[]> {
  const talk = new Talk(peer.bootstrap)
  try {
    await conversation(talk)
  } finally {
    talk.close()
  }
  return talk.heard
}
