/** kafka-configs, of topics and brokers. Mirrors kafka.admin.ConfigCommand. */
import { OptionError, UsageError, VersionRequested } from '../arguments/index.ts'
import { javaText, messageOf, ToolError } from '../java-text.ts'
import type { ToolEnvironment } from '../tool.ts'
import { readConfigOptions } from './config-options.ts'

/** Errors of which the message says all. */
const explained = new Set([
  'java.lang.IllegalArgumentException',
  'org.apache.kafka.common.errors.InvalidConfigurationException',
])

export async function configsCommand(
  argv: readonly string[],
  environment: ToolEnvironment,
): Promise<number> {
  const { stdout, stderr } = environment.terminal
  try {
    const command = readConfigOptions(argv, notice => stderr.write(`${notice}\n`))
    if (command.given.has('zookeeper')) {
      stdout.write(
        'Warning: --zookeeper is deprecated and will be removed in a future version of Kafka.\n' +
          'Use --bootstrap-server instead to specify a broker to connect to.\n',
      )
      const { onZooKeeper } = await import('./zookeeper-configs.ts')
      await onZooKeeper(command, environment)
    } else {
      const { onBrokers } = await import('./broker-configs.ts')
      await onBrokers(command, environment)
    }
    return 0
  } catch (error) {
    if (error instanceof UsageError || error instanceof VersionRequested) throw error
    const isExplained =
      error instanceof OptionError ||
      (error instanceof ToolError && explained.has(error.exceptionName))
    stderr.write(
      isExplained
        ? `${messageOf(error)}\n`
        : `Error while executing config command with args '${argv.join(' ')}'\n${javaText(error)}\n`,
    )
    return 1
  }
}
