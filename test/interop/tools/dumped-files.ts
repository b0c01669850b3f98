/** The files that the recorded cases of kafka-dump-log read. */
import { fillTopic, makeTopics, type PageCluster } from './cluster.ts'
import { carryOut } from './replay.ts'

/** Five digits, as the recorded one had, and stored in the recorded partition of `__consumer_offsets`. */
const GROUP = 'console-consumer-10028'
const server = '--bootstrap-server localhost:9092'

/** A batch of two records, and a group that came, went, and was deleted. */
export async function prepareDumpedFiles({ addresses }: PageCluster): Promise<void> {
  const headers = { h1: 'v1' }
  await fillTopic(addresses, 'mt1', [
    [
      ['k1', 'v1', headers],
      ['k2', 'v2', headers],
    ],
  ])
  await makeTopics(addresses, { pc3: {} })
  for (const command of [
    `kafka-topics.sh --alter --topic pc3 --partitions 3 ${server}`,
    `kafka-console-consumer.sh --topic pc3 --group ${GROUP} --timeout-ms 2000 ${server} --consumer-property enable.auto.commit=false`,
    `kafka-consumer-groups.sh --delete --group ${GROUP} ${server}`,
  ]) {
    await carryOut({ command }, addresses)
  }
}
