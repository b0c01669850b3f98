/** Recorded cases that come out otherwise here, by page and title, each with its reason. */
import type { Case } from './cases.ts'

/** Why a case is not carried out at all, or `undefined`. */
export function reasonToSkip(one: Case): string | undefined {
  if ((one.note ?? '') !== '') return 'needs three brokers, of which one is stopped'
  if ((one.typed ?? []).length > 0) return 'needs a terminal'
  const isAlone = /localhost:1\b|nohost\.invalid/.test(one.command)
  if (isAlone && one.tool !== 'zookeeper-shell') {
    return 'how often a client tries in vain depends on the load; takes a minute each'
  }
  return undefined
}

const replicas = 'one broker holds one replica, the recorded cluster had three'
const zookeeperAccepted =
  '--zookeeper is accepted, as 2.6.3 did (named exception of the transcripts)'
const later = 'clients, users and loggers are configured from a later issue on'
const otherPages = 'shows topics of other pages, which were recorded at the same time'
const newer = 'Kafka 3.9 decides where the lab sheet does not show it: its words and its logger'
const live = 'needs groups with living members, which the recording left running beside the page'
const ownGroups = 'shows groups of other pages, which were recorded at the same time'

const all = (reason: string, ...titles: readonly string[]) =>
  Object.fromEntries(titles.map(title => [title, reason]))

export const differences: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'kafka-topics 3.9.1': {
    ...all(
      replicas,
      'create: replication factor 2',
      'create: more replicas than brokers',
      'create: --replica-assignment',
      'describe all',
      'describe: regular expression',
      'describe: several topics by a comma',
    ),
    '--zookeeper (removed in 3.0)': zookeeperAccepted,
    'describe: --topic-id': 'the id was random and is not in the recording',
  },
  'kafka-topics 2.6.3': {
    ...all(
      replicas,
      'create: replication factor 2',
      'create: more replicas than brokers',
      'describe all',
      'describe: regular expression',
    ),
    'create: --replica-assignment with a duplicate':
      'the exception has the name of 3.9, in whose package it is today',
  },
  'kafka-topics 3.1.2': {
    ...all(newer, 'describe: nonexistent topic', 'create: exists', 'delete: nonexistent'),
    '--zookeeper': zookeeperAccepted,
  },
  'kafka-console-producer 3.9.1': {
    '--producer-property unknown name': 'our client warns of a property that does not exist',
    'message too large for the broker': 'our broker names the size and the limit',
  },
  'kafka-get-offsets 3.9.1': { 'no options: everything': otherPages },
  'kafka-configs 3.9.1': {
    'describe topic that does not exist': 'our client puts a sentence where the broker sent none',
    'describe all topics': otherPages,
    ...all(
      later,
      'alter client quota',
      'describe client quota',
      'describe users',
      'alter user: SCRAM',
      'describe user',
      'brokers, loggers',
    ),
    ...all(zookeeperAccepted, '--zookeeper', '--zookeeper, alter topic'),
  },
  'kafka-consumer-groups 3.9.1': {
    ...all(
      ownGroups,
      '--list: no group used yet or some',
      '--list',
      '--list --state',
      '--list --state with a filter',
      '--list --type',
      '--list --type and --state',
      '--list --type with a filter',
      '--describe --all-groups',
      '--describe --all-groups --state',
      '--delete of two groups, one missing',
    ),
    ...all(
      live,
      '--describe: two members, three partitions',
      '--describe --offsets',
      '--describe --members',
      '--describe --members --verbose',
      '--describe --state',
      '--describe --state --verbose',
      '--describe --offsets --verbose',
      '--describe two groups',
      '--reset-offsets on an active group',
      '--delete of an active group',
      '--delete-offsets of an active group',
      '--describe --members while the group rebalances',
      '--describe --state while the group rebalances',
      '--describe: two members, one partition (a member without a partition)',
      '--describe --members: two members, one partition',
    ),
    'reset --all-topics': 'the group had read topics of other pages too',
    'reset --from-file (lines: topic,partition,offset)': 'the file is not in the recording',
    'reset: partition does not exist': 'our client says how often it tried',
  },
  'zookeeper-shell 3.9.1': {
    'ls of the brokers': replicas,
    'commands from a pipe': otherPages,
  },
}
