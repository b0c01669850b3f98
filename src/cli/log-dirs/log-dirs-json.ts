/** What kafka-log-dirs prints: one JSON document of all brokers, its keys in the order that Java gives them. */
import { javaHashCode } from '../../bytes/index.ts'
import { unwrap, type LogDirDescription } from '../../client/index.ts'
import { parseJavaInteger } from '../../config/index.ts'
import { openAdmin } from '../admin-client.ts'
import { inHashOrder, numbersInHashOrder, partitionHash } from '../java-hash-order.ts'
import { throughFuture, ToolError } from '../java-text.ts'
import { PlainError } from '../plain-error.ts'
import type { ToolEnvironment } from '../tool.ts'
import type { LogDirsOptions } from './log-dirs.ts'

/** @throws PlainError for brokers that are not there, ToolError, ConfigError */
export async function printLogDirs(
  given: LogDirsOptions,
  { host, terminal }: ToolEnvironment,
): Promise<void> {
  await using admin = await openAdmin(host, {
    bootstrapServers: given.value('bootstrap-server') ?? '',
    configFile: given.value('command-config'),
    overrides: new Map([['client.id', 'log-dirs-tool']]),
  })
  const topics = new Set(parts(given.value('topic-list')))
  const { brokers } = await throughFuture(admin.describeCluster())
  const present = new Set(brokers.map(({ id }) => id))
  const wanted = new Set(parts(given.value('broker-list')).map(brokerId))
  const missing = [...wanted].filter(id => !present.has(id))
  if (missing.length > 0) {
    throw new PlainError(
      'ERROR: The given brokers do not exist from --broker-list: ' +
        `${numbersInHashOrder(missing)}. Current existent brokers: ${numbersInHashOrder(present)}`,
    )
  }
  const print = (line: string) => terminal.stdout.write(`${line}\n`)
  print('Querying brokers for log directories information')
  const asked = [...(wanted.size === 0 ? present : wanted)]
  const outcomes = await admin.describeLogDirs(asked)
  const found = await throughFuture(
    Promise.resolve().then(() =>
      Array.from(outcomes, ([broker, outcome]) => ({ broker, dirs: unwrap(outcome) })),
    ),
  )
  print(`Received log directory information from brokers ${numbersInHashOrder(asked)}`)
  print(
    JSON.stringify({
      brokers: inHashOrder(found, ({ broker }) => broker).map(({ broker, dirs }) => ({
        broker,
        // Java's client makes room for exactly as many directories as were told.
        logDirs: inHashOrder(dirs, ({ path }) => javaHashCode(path), {
          capacity: dirs.length,
        }).map(dir => logDirJson(dir, topics)),
      })),
      version: 1,
    }),
  )
}

function logDirJson({ path, error, replicas }: LogDirDescription, topics: ReadonlySet<string>) {
  const shown = replicas.filter(({ topic }) => topics.size === 0 || topics.has(topic))
  return {
    partitions: inHashOrder(shown, partitionHash).map(replica => ({
      partition: `${replica.topic}-${replica.partition}`,
      size: replica.sizeBytes,
      offsetLag: replica.offsetLag,
      isFuture: replica.isFuture,
    })),
    error: error?.exceptionName ?? null,
    logDir: path,
  }
}

const parts = (list: string) => list.split(',').filter(part => part !== '')

function brokerId(text: string): number {
  const id = parseJavaInteger(text, 'INT')
  if (id !== undefined) return Number(id)
  throw new ToolError('java.lang.NumberFormatException', `For input string: "${text}"`)
}
