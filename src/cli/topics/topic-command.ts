/** kafka-topics. Mirrors org.apache.kafka.tools.TopicCommand, and kafka.admin.TopicCommand with `--zookeeper`. */
import { UsageError, VersionRequested } from '../arguments/index.ts'
import { javaText, messageOf } from '../java-text.ts'
import { logThrowable, type ToolEnvironment } from '../tool.ts'
import { readTopicOptions, type TopicAction, type TopicOptions } from './topic-options.ts'

/** What can be done with topics, by either way. Methods print what the genuine tool prints. */
export type TopicService = Record<TopicAction, (given: TopicOptions) => Promise<void>> & {
  close(): Promise<void>
}

export async function topicCommand(
  argv: readonly string[],
  environment: ToolEnvironment,
): Promise<number> {
  const { stderr } = environment.terminal
  let command: ReturnType<typeof readTopicOptions>
  let service: TopicService
  try {
    command = readTopicOptions(argv, notice => stderr.write(`${notice}\n`))
    if (command.given.has('zookeeper')) return await onZooKeeper(command, environment)
    const { openAdminTopics } = await import('./admin-topics.ts')
    service = await openAdminTopics(command.given, environment)
  } catch (error) {
    if (error instanceof UsageError || error instanceof VersionRequested) throw error
    if (isForZooKeeper(argv)) throw error
    stderr.write(`${messageOf(error)}\n${javaText(error)}\n\n`)
    return 1
  }
  return carryOut(service, command, environment, 'org.apache.kafka.tools.TopicCommand')
}

/** 2.6 had no catch around its options: there a JVM prints what nobody catches. */
function isForZooKeeper(argv: readonly string[]): boolean {
  return argv.some(argument => /^[-\u2013\u2014]+zookeeper(=|$)/.test(argument))
}

async function onZooKeeper(
  command: ReturnType<typeof readTopicOptions>,
  environment: ToolEnvironment,
): Promise<number> {
  const { openZooKeeperTopics } = await import('./zookeeper-topics.ts')
  const service = await openZooKeeperTopics(command.given, environment)
  return carryOut(service, command, environment, 'kafka.admin.TopicCommand$')
}

async function carryOut(
  service: TopicService,
  { given, action }: ReturnType<typeof readTopicOptions>,
  environment: ToolEnvironment,
  logger: string,
): Promise<number> {
  try {
    await service[action](given)
    return 0
  } catch (error) {
    environment.terminal.stdout.write(`Error while executing topic command : ${messageOf(error)}\n`)
    logThrowable(environment, logger, error)
    return 1
  } finally {
    await service.close()
  }
}
