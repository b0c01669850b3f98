/**
 * Recorded cases that come out otherwise here, by page and title, each with its reason. Where Kafka 3.9.2's own
 * tool over the same broker can say what is right, it is asked beside ours, and the two have to agree.
 */
import type { Case } from './cases.ts'

/** A case of three brokers, of which one was stopped. */
export function isOfStop({ note }: Case): boolean {
  return /of three was stopped|the broker that holds/.test(note ?? '')
}

const zookeeperAccepted =
  '--zookeeper is accepted, as 2.6.3 did (named exception of the transcripts)'
const later = 'clients, users and loggers are configured from a later issue on'
const newer = 'Kafka 3.9 decides where the lab sheet does not show it: its words and its logger'

export interface Listed {
  readonly because: string
  /** Whether genuine Kafka 3.9.2's tool, asked the same now, has to say what ours says. */
  readonly isAsGenuine: boolean
}

const listed =
  (isAsGenuine: boolean) =>
  (because: string, ...titles: readonly string[]): Readonly<Record<string, Listed>> =>
    Object.fromEntries(titles.map(title => [title, { because, isAsGenuine }]))

const asGenuine = listed(true)
/** By decision, or because it is not there yet. */
const own = listed(false)

export const differences: Readonly<Record<string, Readonly<Record<string, Listed>>>> = {
  'kafka-topics 3.9.1': {
    ...own(zookeeperAccepted, '--zookeeper (removed in 3.0)'),
    ...asGenuine('the id was random and is not in the recording', 'describe: --topic-id'),
  },
  'kafka-broker-api-versions 3.9.1': own(
    'our broker tells of the versions that it serves, which are not those of Kafka 3.9',
    'all brokers',
  ),
  'kafka-replica-verification 3.9.1': own(
    'ended before the second of its reports, which would come too late',
    'run until SIGINT',
  ),
  'kafka-topics 2.6.3': own(
    'the states of a topic that is being deleted stay as they were; genuine controllers write that nobody leads it',
    'describe: a topic that waits for deletion',
  ),
  'kafka-topics 3.1.2': {
    ...asGenuine(newer, 'describe: nonexistent topic', 'create: exists', 'delete: nonexistent'),
    ...own(zookeeperAccepted, '--zookeeper'),
  },
  'kafka-console-producer 3.9.1': own(
    'a property that does not exist is named in a warning: nothing given is ignored in silence',
    '--producer-property unknown name',
  ),
  'kafka-configs 3.9.1': {
    ...own(
      later,
      'alter client quota',
      'describe client quota',
      'describe users',
      'alter user: SCRAM',
      'describe user',
      'brokers, loggers',
    ),
    ...own(zookeeperAccepted, '--zookeeper', '--zookeeper, alter topic'),
  },
  'kafka-consumer-groups 3.9.1': asGenuine(
    'where its time ends, waiting for a node or for an answer, is decided by the brokers it has to ask',
    'reset: partition does not exist',
  ),
  'kafka-consumer-groups 3.1.2': asGenuine(
    'Kafka 3.9 does not end the last row, and its own pages say so many times',
    'two members, ten partitions',
    'no active members',
  ),
  'kafka-console-consumer 3.9.1': asGenuine(
    'the recording shows fewer records than its topics held: what came in its time on a busy machine',
    '--include',
    '--formatter NoOp',
  ),
  'kafka-console-consumer 3.1.2': asGenuine(newer, '--from-beginning'),
}
