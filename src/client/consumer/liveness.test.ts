/** Who counts as alive, to the group and to itself (KIP-62), in virtual time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiKey } from '../../protocol/index.ts'
import { BROKER_PORT, settled, world } from '../../../test/support/scripted-broker.ts'
import { ScriptedGroup } from '../../../test/support/scripted-group.ts'
import { KafkaConsumer } from './kafka-consumer.ts'

async function rig(options: Record<string, string> = {}) {
  const here = world()
  const group = await ScriptedGroup.start(here, 2)
  const defaults = {
    'bootstrap.servers': `localhost:${BROKER_PORT}`,
    'group.id': 'group',
    'auto.offset.reset': 'earliest',
    'heartbeat.interval.ms': '1000',
    'max.poll.interval.ms': '10000',
  }
  const made = () =>
    new KafkaConsumer(here.host, new Map(Object.entries({ ...defaults, ...options })), '1')
  const consumer = made()
  const told: string[] = []
  consumer.subscribe(['orders'], {
    onAssigned: partitions => void told.push(`assigned ${partitions.length}`),
    onRevoked: partitions => void told.push(`revoked ${partitions.length}`),
    onLost: partitions => void told.push(`lost ${partitions.length}`),
  })
  const sent = (apiKey: number): number =>
    group.requests.filter(request => request.apiKey === apiKey).length
  const poll = (timeoutMs = 1_000) => settled(here, consumer.poll(timeoutMs))
  return { here, group, consumer, told, sent, poll, made }
}

test('who does not poll leaves the group in time, is told so when it polls, and joins again', async () => {
  const { here, group, told, sent, poll } = await rig()
  await poll()
  const heartbeats = sent(ApiKey.Heartbeat)
  await here.scheduler.runFor(9_900)
  assert(sent(ApiKey.Heartbeat) >= heartbeats + 9, 'heartbeats do not need the caller')
  assert.equal(sent(ApiKey.LeaveGroup), 0)

  await here.scheduler.runFor(200)
  assert.equal(sent(ApiKey.LeaveGroup), 1, 'not only with the next heartbeat')
  assert.deepEqual(group.memberIds, [])
  await poll()

  assert.deepEqual(told, ['assigned 2', 'lost 2', 'assigned 2'])
})

test('who waits in one poll for long is alive', async () => {
  const { here, consumer, told, sent } = await rig({ 'fetch.max.wait.ms': '60000' })
  await settled(here, consumer.poll(60_000))

  assert.equal(sent(ApiKey.LeaveGroup), 0)
  assert.deepEqual(told, ['assigned 2'])
})

test('while all its partitions are paused a member waits, and stays', async () => {
  const { here, consumer, sent, poll } = await rig()
  await poll()
  consumer.pause(consumer.assignment())
  await settled(here, consumer.poll(60_000))

  assert.equal(sent(ApiKey.LeaveGroup), 0)
})

test('a static member that does not poll stays silent until its session ends (KIP-345)', async () => {
  const { here, told, sent, poll } = await rig({ 'group.instance.id': 'one' })
  await poll()
  await here.scheduler.runFor(11_000)
  const heartbeats = sent(ApiKey.Heartbeat)
  await here.scheduler.runFor(11_000)

  assert.equal(sent(ApiKey.LeaveGroup), 0)
  assert.equal(sent(ApiKey.Heartbeat), heartbeats)
  await poll()
  assert.equal(told[1], 'lost 2')
})

test('a static member whose name was taken is fenced: every poll says so, and what it had is lost', async () => {
  const { here, group, consumer, told, poll } = await rig({ 'group.instance.id': 'one' })
  await poll()
  group.fenced.add('m-1')
  await here.scheduler.runFor(2_000)

  const fenced = { code: 'FENCED_INSTANCE_ID', fatal: true, retriable: false }
  await assert.rejects(poll(), fenced)
  await assert.rejects(poll(), fenced)
  await settled(here, consumer.close())
  assert.deepEqual(told, ['assigned 2', 'lost 2'])
})

test('a commit shows a static member that it is fenced', async () => {
  const { here, group, consumer, poll } = await rig({ 'group.instance.id': 'one' })
  await poll()
  group.fenced.add('m-1')

  const committing = consumer.commit([{ topic: 'orders', partition: 0, offset: 1 }])
  await assert.rejects(settled(here, committing), { code: 'FENCED_INSTANCE_ID', fatal: true })
  await assert.rejects(poll(), { code: 'FENCED_INSTANCE_ID' })
})

test('heartbeats go out while a member waits for the assignment of a slow leader', async () => {
  const { here, group, sent, poll, made } = await rig()
  await poll()
  const second = made()
  second.subscribe(['orders'])
  const joining = second.poll(30_000)
  await here.scheduler.runFor(1_500)
  group.holdsAssignments = true
  await poll(0)
  await here.scheduler.runFor(100)
  const before = sent(ApiKey.Heartbeat)

  await here.scheduler.runFor(3_500)

  assert(!group.isStable)
  assert.equal(sent(ApiKey.Heartbeat), before + 6, 'three of each')
  group.holdsAssignments = false
  await settled(here, joining)
})

test('pause, resume and seek take effect while records are iterated over', async () => {
  const { here, group, consumer } = await rig({ 'max.poll.records': '1' })
  group.logEndOffsets.fill(3)
  const [first, second] = [0, 1].map(partition => ({ topic: 'orders', partition }))
  assert(first !== undefined && second !== undefined)
  const seen: string[] = []
  const iterate = async (): Promise<void> => {
    for await (const { partition, offset } of consumer) {
      seen.push(`${partition}@${offset}`)
      if (seen.length === 1) consumer.pause([second])
      if (seen.length === 3) consumer.seek(first, 1)
      if (seen.length === 5) consumer.resume([second])
      if (seen.length === 8) return
    }
  }

  await settled(here, iterate())

  assert.deepEqual(seen, ['0@0', '0@1', '0@2', '0@1', '0@2', '1@0', '1@1', '1@2'])
  assert.deepEqual(consumer.paused(), [])
})
