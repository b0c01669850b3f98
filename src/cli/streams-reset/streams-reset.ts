/**
 * kafka-streams-application-reset: lets an application of Kafka Streams begin anew. Mirrors
 * org.apache.kafka.tools.StreamsResetter.
 */
import {
  flag,
  long,
  OptionError,
  parseOptions,
  refuse,
  refuseTogether,
  standardOptions,
  text,
  usageOf,
  UsageError,
  VersionRequested,
  type GivenOptions,
} from '../arguments/index.ts'
import { javaText } from '../java-text.ts'
import { isForRunner, type ToolEnvironment } from '../tool.ts'

const ABOUT =
  'This tool resets an application of Kafka Streams to its beginning: offsets of its input topics ' +
  'go to the earliest, or where an option says; intermediate topics are skipped to their end; ' +
  'internal topics are deleted. State on the disks of its instances is to be cleaned by cleanUp().\n\n' +
  '*** Stop all instances first. What this tool does cannot be undone: run it once with ' +
  '"--dry-run" to see what it would do.\n\n'

const list = { separator: ',', describedAs: 'list' }

const resetOptions = {
  ...standardOptions,
  'application-id': text('The id of the application (application.id).', {
    describedAs: 'id',
    isRequired: true,
  }),
  'bootstrap-servers': text('An old name of --bootstrap-server, which is preferred.', {
    describedAs: 'urls',
  }),
  'bootstrap-server': text('The brokers to begin with. (default: localhost:9092)', {
    describedAs: 'server to connect to',
  }),
  'input-topics': text('Input topics, by commas: they are read from the earliest record on.', list),
  'intermediate-topics': text('Topics that are input and output: they go to their end.', list),
  'internal-topics': text(
    'Internal topics to delete, of those that a dry run without this option shows.',
    list,
  ),
  'to-offset': long('Reset to this offset.'),
  'to-datetime': text("Reset to a moment, as 'YYYY-MM-DDTHH:mm:SS.sss'."),
  'by-duration': text("Reset to so long ago, as 'PnDTnHnMnS'."),
  'to-earliest': flag('Reset to the oldest record.'),
  'to-latest': flag('Reset behind the newest record.'),
  'from-file': text('Reset to the offsets of a CSV file: topic,partition,offset.'),
  'shift-by': long('Reset by so many records forward, or backward when negative.', {
    describedAs: 'number-of-offsets',
  }),
  'config-file': text('A file with properties of admin client and consumer.', {
    describedAs: 'file name',
  }),
  force: flag('Remove the members that the group still has: for those that died.'),
  'dry-run': flag('Only show what would be done.'),
}
export type ResetOptions = GivenOptions<typeof resetOptions>

const scenarios = [
  ...(['to-offset', 'to-datetime', 'by-duration', 'to-earliest', 'to-latest'] as const),
  ...(['from-file', 'shift-by'] as const),
] as const

export async function streamsReset(
  argv: readonly string[],
  environment: ToolEnvironment,
): Promise<number> {
  const { stderr } = environment.terminal
  try {
    const given = readOptions(argv)
    given.notices.forEach(notice => stderr.write(`${notice}\n`))
    const { reset } = await import('./reset.ts')
    return await reset(given, environment)
  } catch (error) {
    if (isForRunner(error)) throw error
    const words = javaText(error)
    stderr.write(`ERROR: ${words}\n${words}\n`)
    return 1
  }
}

/** @throws UsageError, VersionRequested */
function readOptions(argv: readonly string[]): ResetOptions {
  try {
    const given = parseOptions(resetOptions, argv)
    if (given.has('help')) refuse(given, ABOUT)
    if (given.has('version')) throw new VersionRequested()
    for (const scenario of scenarios) {
      refuseTogether(given, scenario, ...scenarios.filter(other => other !== scenario))
    }
    return given
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    throw new UsageError(error.message, usageOf(resetOptions))
  }
}
