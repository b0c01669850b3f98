/** What kafka-preferred-replica-election does and prints, by brokers or by ZooKeeper. */
import { KafkaError, type TopicPartition } from '../../client/index.ts'
import { requestedPartitions, requestOfController } from '../controller-requests.ts'
import { openAdmin } from '../admin-client.ts'
import { javaText, throughFuture, ToolError } from '../java-text.ts'
import { readPartitionsJson } from '../leader-election/partitions-json.ts'
import { readText } from '../properties-files.ts'
import type { ToolEnvironment } from '../tool.ts'
import { openZnodes } from '../zookeeper-connection.ts'
import type { PreferredElectionOptions } from './preferred-election.ts'

const TIMEOUT_MS = 30_000

type Partitions = readonly TopicPartition[]
type Print = (line: string) => void

/** @throws ToolError under the names of Kafka 2.6 */
export async function electPreferred(
  given: PreferredElectionOptions,
  environment: ToolEnvironment,
): Promise<void> {
  const { host, terminal } = environment
  const print = (line: string) => {
    terminal.stdout.write(`${line}\n`)
  }
  const file = given.value('path-to-json-file')
  const partitions = file === null ? undefined : readPartitionsJson(readText(host, file), problems)
  if (given.has('zookeeper')) {
    print('Warning: --zookeeper is deprecated and will be removed in a future version of Kafka.')
    print('Use --bootstrap-server instead to specify a broker to connect to.')
    await onZooKeeper(environment, given.value('zookeeper') ?? '', partitions, print)
  } else await onBrokers(environment, given, partitions, print)
}

const problems = {
  empty: 'Preferred replica election data is empty',
  withoutPartitions: 'Preferred replica election data is empty',
  duplicates: (list: string) =>
    `Preferred replica election data contains duplicate partitions: ${list.replaceAll(', ', ',')}`,
}

const failed = (message: string, cause?: unknown) =>
  new ToolError('kafka.common.AdminCommandFailedException', message, cause)

const nameOf = ({ topic, partition }: TopicPartition) => `${topic}-${partition}`

async function onBrokers(
  { host }: ToolEnvironment,
  given: PreferredElectionOptions,
  partitions: Partitions | undefined,
  print: Print,
): Promise<void> {
  await using admin = await openAdmin(host, {
    bootstrapServers: given.value('bootstrap-server') ?? '',
    configFile: given.value('admin.config'),
    overrides: new Map([
      ['request.timeout.ms', String(TIMEOUT_MS)],
      ['default.api.timeout.ms', String(2 * TIMEOUT_MS)],
    ]),
  })
  const outcomes = await admin
    .electLeaders('PREFERRED', partitions ?? 'all')
    .catch(explained(print))
  const elected = outcomes.filter(({ ok }) => ok).map(nameOf)
  const list = elected.join(', ')
  if (elected.length > 0) {
    print(`Successfully completed preferred leader election for partitions ${list}`)
  }
  // Kafka 2.6 names those that were elected here too.
  if (outcomes.some(one => !one.ok && one.error.code === 'ELECTION_NOT_NEEDED')) {
    print(`Preferred replica already elected for partitions ${list}`)
  }
  let failures = 0
  for (const one of outcomes) {
    if (one.ok || one.error.code === 'ELECTION_NOT_NEEDED') continue
    failures += 1
    print(
      `Error completing preferred leader election for partition: ${nameOf(one)}: ` +
        javaText(one.error),
    )
  }
  if (failures > 0) throw failed(`${failures} preferred replica(s) could not be elected`)
}

const explained =
  (print: Print) =>
  (error: unknown): Promise<never> => {
    const code = error instanceof KafkaError ? error.code : undefined
    const message =
      code === 'REQUEST_TIMED_OUT'
        ? 'Timeout waiting for election results'
        : code === 'CLUSTER_AUTHORIZATION_FAILED'
          ? 'Not authorized to perform leader election'
          : undefined
    if (message === undefined) return throughFuture(Promise.reject(error as Error))
    print(message)
    throw failed(message, error)
  }

async function onZooKeeper(
  { host }: ToolEnvironment,
  servers: string,
  asked: Partitions | undefined,
  print: Print,
): Promise<void> {
  const { znodes, connection, close } = await openZnodes(host, servers)
  try {
    const topics = asked?.map(({ topic }) => topic) ?? (await znodes.topicNames())
    const known: TopicPartition[] = []
    for (const topic of new Set(topics)) {
      const partitions = (await znodes.topic(topic))?.replicas.keys() ?? []
      for (const partition of partitions) known.push({ topic, partition })
    }
    const names = new Set(known.map(nameOf))
    const valid = asked?.filter(one => names.has(nameOf(one))) ?? known
    if (!(await requestOfController(connection, 'preferredElection', valid))) {
      const current = await requestedPartitions(connection, 'preferredElection')
      throw failed(
        'Admin command failed',
        new ToolError(
          'kafka.admin.AdminOperationException',
          'Preferred replica leader election currently in progress for ' +
            `${current.map(nameOf).join(',')}. Aborting operation`,
        ),
      )
    }
    print(`Created preferred replica election path with ${valid.map(nameOf).join(',')}`)
    print(`Successfully started preferred replica election for partitions ${scalaSet(valid)}`)
    for (const one of asked?.filter(item => !names.has(nameOf(item))) ?? []) {
      print(
        `Skipping preferred replica leader election for partition ${nameOf(one)} since it doesn't exist.`,
      )
    }
  } finally {
    await close()
  }
}

/** Sets of up to four elements have no hashes in Scala, which shows in their names. */
const scalaSet = (partitions: Partitions) =>
  `${partitions.length > 4 ? 'HashSet' : 'Set'}(${partitions.map(nameOf).join(', ')})`
