/** kafka-broker-api-versions: what each broker speaks. Mirrors kafka.admin.BrokerApiVersionsCommand. */
import {
  helpOrVersion,
  parseOptions,
  requireOptions,
  standardOptions,
  text,
} from '../arguments/index.ts'
import type { ToolEnvironment } from '../tool.ts'

const versionsOptions = {
  ...standardOptions,
  'bootstrap-server': text('REQUIRED: The brokers to begin with, as host:port,host:port.', {
    describedAs: 'server(s) to use for bootstrapping',
  }),
  'command-config': text('A file with properties of the admin client.', {
    describedAs: 'command config property file',
  }),
}

export async function brokerApiVersions(
  argv: readonly string[],
  environment: ToolEnvironment,
): Promise<number> {
  const given = parseOptions(versionsOptions, argv)
  given.notices.forEach(notice => environment.terminal.stderr.write(`${notice}\n`))
  helpOrVersion(given, argv, 'This tool helps to retrieve broker version information.')
  requireOptions(given, 'bootstrap-server')
  const { printVersions } = await import('./versions-text.ts')
  await printVersions(environment, {
    bootstrapServers: given.value('bootstrap-server') ?? '',
    configFile: given.value('command-config'),
  })
  return 0
}
