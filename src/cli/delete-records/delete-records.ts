/** kafka-delete-records: moves the start of partitions forward. Mirrors org.apache.kafka.tools.DeleteRecordsCommand. */
import {
  helpOrVersion,
  parseOptions,
  requireOptions,
  standardOptions,
  text,
  type GivenOptions,
} from '../arguments/index.ts'
import { failureText } from '../java-text.ts'
import { isForRunner, type ToolEnvironment } from '../tool.ts'

const deleteOptions = {
  ...standardOptions,
  'bootstrap-server': text('REQUIRED: The brokers to begin with, as host:port,host:port.', {
    describedAs: 'server(s) to use for bootstrapping',
  }),
  'offset-json-file': text(
    'REQUIRED: A JSON file with the first offset that stays, by partition:\n' +
      '{"partitions":\n  [{"topic": "foo", "partition": 1, "offset": 1}],\n "version":1\n}',
    { describedAs: 'Offset json file path' },
  ),
  'command-config': text('A file with properties of the admin client.', {
    describedAs: 'command config property file path',
  }),
}
export type DeleteOptions = GivenOptions<typeof deleteOptions>

export async function deleteRecords(
  argv: readonly string[],
  environment: ToolEnvironment,
): Promise<number> {
  const { stderr } = environment.terminal
  try {
    const given = parseOptions(deleteOptions, argv)
    given.notices.forEach(notice => stderr.write(`${notice}\n`))
    helpOrVersion(
      given,
      argv,
      'This tool helps to delete records of the given partitions down to the specified offset.',
    )
    requireOptions(given, 'bootstrap-server', 'offset-json-file')
    const { carryOut } = await import('./deletion.ts')
    await carryOut(given, environment)
    return 0
  } catch (error) {
    if (isForRunner(error)) throw error
    stderr.write(failureText(error))
    return 1
  }
}
