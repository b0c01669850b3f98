/** kafka-log-dirs: what lies in the log directories of brokers. Mirrors org.apache.kafka.tools.LogDirsCommand. */
import {
  flag,
  helpOrVersion,
  parseOptions,
  requireOptions,
  standardOptions,
  text,
  type GivenOptions,
} from '../arguments/index.ts'
import { failureText } from '../java-text.ts'
import { PlainError } from '../plain-error.ts'
import { isForRunner, type ToolEnvironment } from '../tool.ts'

const logDirsOptions = {
  ...standardOptions,
  'bootstrap-server': text('REQUIRED: The brokers to begin with, as host:port,host:port.', {
    describedAs: 'The server(s) to use for bootstrapping',
  }),
  'command-config': text('A file with properties of the admin client.', {
    describedAs: 'Admin client property file',
  }),
  describe: flag('Describe the log directories of the brokers.'),
  'topic-list': text('Topics by commas; default: all.', {
    describedAs: 'Topic list',
    defaultsTo: '',
  }),
  'broker-list': text('Ids of brokers by commas; default: all.', {
    describedAs: 'Broker list',
    defaultsTo: '',
  }),
}
export type LogDirsOptions = GivenOptions<typeof logDirsOptions>

export async function logDirs(
  argv: readonly string[],
  environment: ToolEnvironment,
): Promise<number> {
  const { stderr } = environment.terminal
  try {
    const given = parseOptions(logDirsOptions, argv)
    given.notices.forEach(notice => stderr.write(`${notice}\n`))
    helpOrVersion(
      given,
      argv,
      'This tool helps to query log directory usage on the specified brokers.',
    )
    requireOptions(given, 'bootstrap-server', 'describe')
    const { printLogDirs } = await import('./log-dirs-json.ts')
    await printLogDirs(given, environment)
    return 0
  } catch (error) {
    if (isForRunner(error)) throw error
    stderr.write(error instanceof PlainError ? `${error.message}\n` : failureText(error))
    return 1
  }
}
