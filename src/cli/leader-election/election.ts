/** What kafka-leader-election does and prints. */
import {
  KafkaError,
  type Admin,
  type ElectionType,
  type PartitionOutcome,
  type TopicPartition,
} from '../../client/index.ts'
import { openAdmin } from '../admin-client.ts'
import { inHashOrder, partitionHash } from '../java-hash-order.ts'
import { javaText, ToolError } from '../java-text.ts'
import { commandFailed } from '../json-fields.ts'
import { readText } from '../properties-files.ts'
import type { ToolEnvironment } from '../tool.ts'
import type { ElectionOptions } from './election-options.ts'
import { readPartitionsJson } from './partitions-json.ts'

const TIMEOUT_MS = 30_000

type Print = (line: string) => void

/** @throws ToolError, ConfigError, OptionError */
export async function elect(
  given: ElectionOptions,
  { host, terminal }: ToolEnvironment,
): Promise<void> {
  const type = given.value('election-type') ?? 'PREFERRED'
  const file = given.value('path-to-json-file')
  const [topic, partition] = [given.value('topic'), given.value('partition')]
  const partitions =
    file !== null
      ? readPartitionsJson(readText(host, file), electionProblems)
      : topic !== null && partition !== null
        ? [{ topic, partition }]
        : ('all' as const)
  await using admin = await openAdmin(host, {
    bootstrapServers: given.value('bootstrap-server') ?? '',
    configFile: given.value('admin.config'),
    defaults: new Map([
      ['default.api.timeout.ms', String(TIMEOUT_MS)],
      ['request.timeout.ms', String(TIMEOUT_MS / 2)],
    ]),
  })
  const print = (line: string) => {
    terminal.stdout.write(`${line}\n`)
  }
  const outcomes = await outcomesOf(admin, type, partitions, print)
  report(outcomes, type, print)
}

const electionProblems = {
  empty: 'Replica election data is empty',
  withoutPartitions: 'Replica election data is missing "partitions" field',
  duplicates: (list: string) => `Replica election data contains duplicate partitions: [${list}]`,
}

async function outcomesOf(
  admin: Admin,
  type: ElectionType,
  partitions: readonly TopicPartition[] | 'all',
  print: Print,
): Promise<readonly PartitionOutcome<undefined>[]> {
  try {
    return await admin.electLeaders(type, partitions)
  } catch (error) {
    const code = error instanceof KafkaError ? error.code : undefined
    if (code === 'REQUEST_TIMED_OUT') throw told('Timeout waiting for election results', error)
    if (code === 'CLUSTER_AUTHORIZATION_FAILED') {
      throw told('Not authorized to perform leader election', error)
    }
    const text = `java.util.concurrent.ExecutionException: ${javaText(error)}`
    throw new ToolError('java.lang.RuntimeException', text, error)
  }
  function told(message: string, cause: unknown): ToolError {
    print(message)
    return commandFailed(message, cause)
  }
}

function report(
  outcomes: readonly PartitionOutcome<undefined>[],
  type: ElectionType,
  print: Print,
): void {
  const sorted = inHashOrder(outcomes, partitionHash)
  const named = (chosen: readonly TopicPartition[]) =>
    chosen.map(({ topic, partition }) => `${topic}-${partition}`).join(', ')
  const elected = sorted.filter(({ ok }) => ok)
  const led = sorted.filter(one => isNotNeeded(one))
  if (elected.length > 0) {
    print(`Successfully completed leader election (${type}) for partitions ${named(elected)}`)
  }
  if (led.length > 0) print(`Valid replica already elected for partitions ${named(led)}`)
  let failures = 0
  for (const one of sorted) {
    if (one.ok || isNotNeeded(one)) continue
    failures += 1
    print(
      `Error completing leader election (${type}) for partition: ${one.topic}-${one.partition}: ` +
        javaText(one.error),
    )
  }
  if (failures > 0) throw commandFailed(`${failures} replica(s) could not be elected`)
}

function isNotNeeded(one: PartitionOutcome<undefined>): boolean {
  return !one.ok && one.error.code === 'ELECTION_NOT_NEEDED'
}
