/** kafka-preferred-replica-election, as Kafka 2.6 had it last: kafka.admin.PreferredReplicaLeaderElectionCommand. */
import {
  helpOrVersion,
  parseOptions,
  refuse,
  standardOptions,
  text,
  type GivenOptions,
} from '../arguments/index.ts'
import type { ToolEnvironment } from '../tool.ts'

const electionOptions = {
  ...standardOptions,
  'path-to-json-file': text(
    'A JSON file with the partitions; default: all.\n' +
      '{"partitions":\n  [{"topic": "foo", "partition": 1},\n   {"topic": "bar", "partition": 2}]\n}',
    { describedAs: 'list of partitions' },
  ),
  zookeeper: text('The ZooKeeper of the cluster, as host:port,host:port/path.', {
    describedAs: 'urls',
  }),
  'bootstrap-server': text('The brokers to begin with, as host:port,host:port.', {
    describedAs: 'host:port',
  }),
  'admin.config': text('A file with properties of the admin client.', {
    describedAs: 'config file',
    availableIf: ['bootstrap-server'],
  }),
}
export type PreferredElectionOptions = GivenOptions<typeof electionOptions>

export async function preferredElection(
  argv: readonly string[],
  environment: ToolEnvironment,
): Promise<number> {
  const { stdout, stderr } = environment.terminal
  const print = (line: string) => stdout.write(`${line}\n`)
  print(
    'This tool is deprecated. Please use kafka-leader-election tool. Tracking issue: KAFKA-8405',
  )
  const given = parseOptions(electionOptions, argv)
  given.notices.forEach(notice => stderr.write(`${notice}\n`))
  const [viaBrokers, viaZooKeeper] = [given.has('bootstrap-server'), given.has('zookeeper')]
  helpOrVersion(
    given,
    argv,
    "This tool helps to causes leadership for each partition to be transferred back to the 'preferred " +
      "replica', it can be used to balance leadership among the servers.",
  )
  if (viaBrokers === viaZooKeeper) {
    refuse(given, "Exactly one of '[bootstrap-server]' or '[zookeeper]' must be provided")
  }
  const { electPreferred } = await import('./election.ts')
  await electPreferred(given, environment)
  return 0
}
