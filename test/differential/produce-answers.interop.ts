/**
 * Records with faults, produced to a genuine broker of 3.9 and to ours: code, words, the faults of single
 * records (KIP-467) and offsets are the same, save where `unlike` says why not.
 */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Kafka, unwrap } from '../../src/client/index.ts'
import {
  ErrorCode,
  ProduceRequest,
  ProduceResponse,
  type MessageOf,
} from '../../src/protocol/index.ts'
import { RawClient } from '../broker/raw-client.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { referenceVersion } from '../peers/catalog.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { startSubject, subjectKind, type SubjectKind } from '../peers/subject.ts'
import { batchFaults, MAX_SMALL_BYTES } from './produce/batch-faults.ts'
import { recordFaults, soundBatch, STRICT_MS, type Fault } from './produce/faults.ts'

const calls = [ProduceRequest, ProduceResponse] as const
type Answer = MessageOf<typeof ProduceResponse> | 'closed' | 'silent'

const PATIENCE_MS = 3_000

const configs = {
  plain: {},
  // Only one of the two may append here: offsets are not compared.
  unlike: {},
  small: { 'max.message.bytes': `${MAX_SMALL_BYTES}` },
  compacted: { 'cleanup.policy': 'compact' },
  'strict-times': {
    'message.timestamp.before.max.ms': `${STRICT_MS}`,
    'message.timestamp.after.max.ms': `${STRICT_MS}`,
  },
  'append-time': {
    'message.timestamp.type': 'LogAppendTime',
    'message.timestamp.before.max.ms': `${STRICT_MS}`,
  },
} as const

test('a produce with a fault is answered as genuine Kafka answers it', async t => {
  if ((await peerOrSkip(t, () => genuineDistribution(referenceVersion))) === undefined) return
  const all = [...batchFaults(), ...recordFaults()]
  const [theirs, ours] = await Promise.all([
    answersOf(t, 'genuine', all),
    answersOf(t, subjectKind, all),
  ])
  assert.ok(
    theirs.filter(answer => typeof answer === 'object').length > all.length,
    'most are answered',
  )
  const questions = asked(all)
  for (const { title, unlike } of all) {
    const name = unlike === undefined ? title : `${title}: ${unlike}`
    await t.test(name, () => {
      for (const [at, question] of questions.entries()) {
        if (question.title === title) compare(ours[at], theirs[at], question)
      }
    })
  }
})

function compare(
  ours: Answer | undefined,
  theirs: Answer | undefined,
  { version, unlike }: { readonly version: number; readonly unlike?: string },
): void {
  if (unlike === undefined) {
    assert.deepEqual(comparable(ours), comparable(theirs), `v${version}`)
    return
  }
  assert.notEqual(codeOf(theirs), ErrorCode.INVALID_RECORD, 'listed as unlike, but is not')
  assert.equal(codeOf(ours), ErrorCode.INVALID_RECORD)
}

const asked = (all: readonly Fault[]) =>
  all.flatMap(fault => fault.versions.map(version => ({ ...fault, version })))

async function answersOf(
  t: TestContext,
  kind: SubjectKind,
  all: readonly Fault[],
): Promise<readonly Answer[]> {
  const subject = await startSubject({ kind })
  t.after(() => subject.dispose())
  await using admin = new Kafka({ bootstrapServers: subject.bootstrap }).admin()
  const topics = Object.entries(configs).map(([name, each]) => ({
    ...{ name, numPartitions: 1, replicationFactor: 1, configs: each },
  }))
  for (const made of (await admin.createTopics(topics)).values()) unwrap(made)
  const port = Number(subject.bootstrap.split(':')[1])
  await untilProduced(port)
  const answers: Answer[] = []
  for (const fault of asked(all)) answers.push(await answerTo(port, fault))
  return answers
}

/** A connection each, because a broker may close it. */
async function answerTo(
  port: number,
  {
    topic,
    records,
    version,
    unlike,
  }: Pick<Fault, 'topic' | 'records' | 'unlike'> & { version: number },
): Promise<Answer> {
  await using client = await RawClient.open(port)
  const name = topic ?? (unlike === undefined ? 'plain' : 'unlike')
  const body = {
    ...{ transactionalId: null, acks: -1, timeoutMs: 5_000 },
    topicData: [{ name, partitionData: [{ index: 0, records }] }],
  }
  const answered = client.request(calls, version, body).catch((error: unknown) => {
    assert.match(String(error), /connection closed/)
    return 'closed' as const
  })
  const silence = new Promise<'silent'>(resolve =>
    setTimeout(resolve, PATIENCE_MS, 'silent').unref(),
  )
  return await Promise.race([answered, silence])
}

/** The leaders may be known a moment later than the topics. */
async function untilProduced(port: number): Promise<void> {
  const records = soundBatch()
  for (const topic of ['small', 'plain', 'compacted', 'strict-times', 'append-time'] as const) {
    const isUnknown = async () => {
      const code = codeOf(await answerTo(port, { topic, records, version: 8 }))
      return code === 3 || code === 6
    }
    while (await isUnknown()) await new Promise(resolve => setTimeout(resolve, 50))
  }
}

const codeOf = (answer: Answer | undefined) =>
  typeof answer === 'object'
    ? answer.responses[0]?.partitionResponses[0]?.errorCode
    : (answer ?? 'nothing')

/** Moments are those of each broker: what is left of them is that there is one. */
function comparable(answer: Answer | undefined): unknown {
  if (typeof answer !== 'object') return answer
  return answer.responses.map(({ name, partitionResponses }) => ({
    name,
    partitions: partitionResponses.map(({ logAppendTimeMs, ...rest }) => ({
      ...rest,
      hasAppendTime: logAppendTimeMs >= 0,
      errorMessage: masked(rest.errorMessage),
      recordErrors: rest.recordErrors.map(({ batchIndex, batchIndexErrorMessage }) => ({
        batchIndex,
        batchIndexErrorMessage: masked(batchIndexErrorMessage),
      })),
    })),
  }))
}

const masked = (text: string | null) => text?.replace(/\b1[5-9]\d{11}\b/g, '<MS>') ?? null
