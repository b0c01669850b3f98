import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiKey, ErrorCode } from '../../protocol/index.ts'
import {
  BROKER_PORT,
  metadataOf,
  scriptedBroker,
  settled,
  world,
  type Script,
} from '../../../test/support/scripted-broker.ts'
import { Admin } from '../admin/admin.ts'

/** An admin client of a scripted broker: the shortest way to calls of every kind. */
async function rig(script: Script, options: Record<string, string> = {}) {
  const here = world()
  const requests = await scriptedBroker(here, script)
  const servers = { 'bootstrap.servers': `localhost:${BROKER_PORT}` }
  const admin = new Admin(here.host, new Map(Object.entries({ ...servers, ...options })), 'admin')
  return { here, requests, admin }
}

const answerMetadata = () => metadataOf('orders')

test('the newest version that both sides speak is sent', async () => {
  const versions = new Map([
    [ApiKey.ApiVersions, [0, 4] as const],
    [ApiKey.Metadata, [0, 5] as const],
  ])
  const { here, requests, admin } = await rig({ versions, answer: answerMetadata })

  const topics = await settled(here, admin.listTopics())

  assert.deepEqual(
    topics.map(({ name }) => name),
    ['orders'],
  )
  assert.deepEqual(
    requests.map(({ version }) => version),
    [5],
  )
})

test('in Metadata v0 an empty list stands for all topics', async () => {
  const versions = new Map([[ApiKey.Metadata, [0, 0] as const]])
  const { here, requests, admin } = await rig({ versions, answer: answerMetadata })

  await settled(here, admin.listTopics())

  assert.deepEqual(requests[0]?.body['topics'], [])
})

test('an API that the broker does not know is an error at once', async () => {
  const versions = new Map([[ApiKey.Metadata, [0, 5] as const]])
  const { here, admin } = await rig({ versions, answer: answerMetadata })

  await assert.rejects(settled(here, admin.listPartitionReassignments()), {
    code: 'UNSUPPORTED_VERSION',
    message: 'The node does not support LIST_PARTITION_REASSIGNMENTS',
  })
})

test('a connection that breaks is tried again, and the call succeeds', async () => {
  let calls = 0
  const { here, admin } = await rig({
    answer: () => {
      calls += 1
      return calls < 3 ? 'hang up' : metadataOf('orders')
    },
  })

  const topics = await settled(here, admin.listTopics())

  assert.equal(topics.length, 1)
})

test('a silent broker ends in the timeout that Java reports', async () => {
  const options = { 'default.api.timeout.ms': '5000', 'request.timeout.ms': '1000' }
  const { here, admin } = await rig({ answer: () => 'silent' }, options)
  const startMs = here.host.clock.monotonicMs()

  await assert.rejects(settled(here, admin.listTopics()), {
    exceptionName: 'org.apache.kafka.common.errors.TimeoutException',
    message: 'Timed out waiting for a node assignment. Call: listTopics',
  })
  assert.equal(Math.round(here.host.clock.monotonicMs() - startMs), 5_000)
})

test('each topic has its own result, and only what may pass elsewhere is asked for again', async () => {
  let asked = 0
  const { here, requests, admin } = await rig({
    answer: ({ apiKey, body }) => {
      if (apiKey === ApiKey.Metadata) return metadataOf('orders')
      asked += 1
      const { topics } = body as { topics: { name: string }[] }
      const codeOf = (name: string): number => {
        if (name === 'taken') return ErrorCode.TOPIC_ALREADY_EXISTS
        return asked === 1 ? ErrorCode.NOT_CONTROLLER : ErrorCode.NONE
      }
      return { topics: topics.map(({ name }) => ({ name, errorCode: codeOf(name) })) }
    },
  })

  const results = await settled(here, admin.createTopics([{ name: 'taken' }, { name: 'fresh' }]))

  assert.equal(results.get('fresh')?.ok, true)
  const taken = results.get('taken')
  assert(taken?.ok === false)
  assert.equal(taken.error.code, 'TOPIC_ALREADY_EXISTS')
  const creations = requests.filter(({ apiKey }) => apiKey === ApiKey.CreateTopics)
  const names = creations.map(({ body }) => (body['topics'] as { name: string }[]).map(t => t.name))
  assert.deepEqual(names, [['taken', 'fresh'], ['fresh']])
})

test('after close a call fails, and does not hang', async () => {
  const { here, admin } = await rig({ answer: () => 'silent' })
  const pending = admin.listTopics()
  pending.catch(() => undefined)
  await here.scheduler.runFor(10)

  await admin.close()

  await assert.rejects(admin.listTopics(), { code: 'CLIENT_CLOSED' })
  await assert.rejects(settled(here, pending))
})

test('retries bounds how often a call is tried, whatever time is left', async () => {
  let calls = 0
  const answer = () => {
    calls += 1
    return 'hang up' as const
  }
  const { here, admin } = await rig({ answer }, { retries: '2' })

  await assert.rejects(settled(here, admin.listTopics()), {
    exceptionName: 'org.apache.kafka.common.errors.TimeoutException',
    message: /^Call\(callName=listTopics, deadlineMs=\d+, tries=3, .* after 3 attempt\(s\)$/,
  })
  assert.equal(calls, 3)
  assert(here.host.clock.monotonicMs() < 10_000, 'it did not wait for the end of its time')
})

/** Metadata that names one broker, at a port where nobody is. */
function metadataOfLostBroker(): object {
  const brokers = [{ nodeId: 7, host: 'localhost', port: BROKER_PORT + 1 }]
  return { ...metadataOf('orders'), brokers }
}

test('who knows the cluster does not go back to bootstrap.servers, unless told to (KIP-899)', async () => {
  const timeout = { 'default.api.timeout.ms': '5000' }
  const strict = await rig({ answer: metadataOfLostBroker }, timeout)
  await settled(strict.here, strict.admin.listTopics())
  await assert.rejects(settled(strict.here, strict.admin.listTopics()), {
    code: 'REQUEST_TIMED_OUT',
  })
  assert.equal(strict.requests.length, 1)

  const recovering = { ...timeout, 'metadata.recovery.strategy': 'rebootstrap' }
  const lenient = await rig({ answer: metadataOfLostBroker }, recovering)
  await settled(lenient.here, lenient.admin.listTopics())
  await settled(lenient.here, lenient.admin.listTopics())
  assert.equal(lenient.requests.length, 2)
})

test('a broker of another cluster may ask to begin again (KIP-1102)', async () => {
  let asked = 0
  const answer = (): object => {
    asked += 1
    return asked === 2
      ? { brokers: [], topics: [], errorCode: ErrorCode.REBOOTSTRAP_REQUIRED }
      : metadataOf('orders')
  }
  const { here, admin } = await rig({ answer }, { 'metadata.recovery.strategy': 'rebootstrap' })
  await settled(here, admin.listTopics())

  const topics = await settled(here, admin.listTopics())

  assert.equal(topics.length, 1)
  assert.equal(asked, 3)
})
