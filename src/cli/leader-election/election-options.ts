/** The command line of kafka-leader-election, and what it demands. */
import type { ElectionType } from '../../client/index.ts'
import {
  argumentOf,
  flag,
  integer,
  standardOptions,
  text,
  type GivenOptions,
} from '../arguments/index.ts'
import { commandFailed } from '../json-fields.ts'

const types: readonly ElectionType[] = ['PREFERRED', 'UNCLEAN']
const electionType = argumentOf<ElectionType>({
  javaName: 'ElectionType',
  convert: given => types.find(type => type === given.toUpperCase()),
  isNumber: false,
})

export const electionOptions = {
  ...standardOptions,
  'bootstrap-server': text('REQUIRED: The brokers to begin with, as host:port,host:port.', {
    describedAs: 'host:port',
  }),
  'admin.config': text('A file with properties of the admin client.', {
    describedAs: 'config file',
  }),
  'path-to-json-file': text(
    'A JSON file with the partitions, instead of --topic or --all-topic-partitions:\n' +
      '{"partitions":\n  [{"topic": "foo", "partition": 1},\n   {"topic": "bar", "partition": 2}]\n}',
    { describedAs: 'Path to JSON file' },
  ),
  topic: text(
    'The topic, instead of --path-to-json-file or --all-topic-partitions; with --partition.',
    { describedAs: 'topic name' },
  ),
  partition: integer('The partition of --topic.', { describedAs: 'partition id' }),
  'all-topic-partitions': flag('All partitions that need it, instead of one or those of a file.'),
  'election-type': electionType(
    'REQUIRED: preferred, where another replica leads than the preferred one, or unclean, where ' +
      'none leads.',
    { describedAs: 'election type' },
  ),
}
export type ElectionOptions = GivenOptions<typeof electionOptions>

/** @throws ToolError in Kafka's words */
export function ensureElection(given: ElectionOptions): void {
  const required = ['bootstrap-server', 'election-type'] as const
  const missing = required.filter(name => !given.has(name))
  if (missing.length > 0) {
    throw commandFailed(`Missing required option(s): ${missing.join(', ')}`)
  }
  const places = ['topic', 'all-topic-partitions', 'path-to-json-file'] as const
  if (places.filter(name => given.has(name)).length !== 1) {
    throw commandFailed(
      `One and only one of the following options is required: ${places.join(', ')}`,
    )
  }
  if (given.has('topic') && !given.has('partition')) {
    throw commandFailed('Missing required option(s): partition')
  }
  if (!given.has('topic') && given.has('partition')) {
    throw commandFailed('Option partition is only allowed if topic is used')
  }
}
