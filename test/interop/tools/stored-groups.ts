/** What `__consumer_offsets` held in the recording: one group with an offset, one without. */
import { Kafka } from '../../../src/client/index.ts'
import { makeTopic, type PageCluster } from './cluster.ts'
import { carryOut } from './replay.ts'

/** Record by record: group, offset, the empty group; another group, and it empty. */
export async function prepareStoredGroups({ addresses }: PageCluster): Promise<void> {
  const empty = { records: 0 }
  await makeTopic(addresses, 'perf', [empty, empty, empty])
  const consumer = new Kafka({ bootstrapServers: addresses.broker }).consumer({
    groupId: 'perf-consumer-77',
    clientId: 'perf-consumer-client',
    enableAutoCommit: false,
  })
  consumer.subscribe(['perf'])
  while (consumer.assignment().length === 0) await consumer.poll(200)
  await consumer.commit([{ topic: 'perf', partition: 0, offset: 1000, leaderEpoch: 0 }])
  await consumer.close()
  const command =
    'kafka-console-consumer.sh --topic fromconsumer --timeout-ms 3000 ' +
    '--bootstrap-server localhost:9092'
  await makeTopic(addresses, 'fromconsumer', [empty])
  await carryOut({ command }, addresses)
  // A later case finds that it is not there.
  await using admin = new Kafka({ bootstrapServers: addresses.broker }).admin()
  await admin.deleteTopics(['fromconsumer'])
}
