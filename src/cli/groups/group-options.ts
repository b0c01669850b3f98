/** The command line of kafka-consumer-groups. */
import {
  flag,
  helpOrVersion,
  long,
  parseOptions,
  refuse,
  refuseTogether,
  requireOneAction,
  requireOptions,
  standardOptions,
  text,
  usageOf,
  UsageError,
  type GivenOptions,
} from '../arguments/index.ts'
import { javaText, messageOf } from '../java-text.ts'

const groupOptions = {
  ...standardOptions,
  'bootstrap-server': text('The brokers to begin with, as host:port,host:port.', {
    describedAs: 'server to connect to',
  }),
  group: text('The group; may be given several times.', { describedAs: 'consumer group' }),
  topic: text(
    'The topic whose offsets are reset or deleted; may be given several times. With partitions: ' +
      'topic1:0,1,2.',
    { describedAs: 'topic' },
  ),
  'all-topics': flag('Reset the offsets of all topics that the group has any of.'),
  list: flag('Print the names of all groups.'),
  describe: flag('Print how far groups are, who their members are, or in which state they are.'),
  'all-groups': flag('All groups instead of --group.'),
  delete: flag('Delete groups, which must have no members.'),
  timeout: long('How long the cluster may take, in milliseconds.', {
    describedAs: 'timeout (ms)',
    defaultsTo: 5000,
  }),
  'command-config': text('A file with properties of the admin client.', {
    describedAs: 'command config property file',
  }),
  'reset-offsets': flag(
    'Set where a group without members goes on. --dry-run (the default) shows the offsets, ' +
      '--execute sets them, --export prints them as CSV. One of --to-datetime, --by-duration, ' +
      '--to-earliest, --to-latest, --shift-by, --from-file, --to-current, --to-offset says ' +
      'where; --all-topics or --topic says of what.',
  ),
  'delete-offsets': flag('Forget the offsets of topics that no member of the group reads.'),
  'dry-run': flag('With --reset-offsets: only show what would be set.'),
  execute: flag('With --reset-offsets: set the offsets.'),
  export: flag('With --reset-offsets: print the offsets as CSV.'),
  'to-offset': long('Reset to this offset.', { describedAs: 'offset' }),
  'from-file': text('Reset to the offsets of a CSV file.', { describedAs: 'path to CSV file' }),
  'to-datetime': text("Reset to a moment, as 'YYYY-MM-DDTHH:mm:SS.sss'.", {
    describedAs: 'datetime',
  }),
  'by-duration': text("Reset to so long ago, as 'PnDTnHnMnS'.", { describedAs: 'duration' }),
  'to-earliest': flag('Reset to the oldest record.'),
  'to-latest': flag('Reset behind the newest record.'),
  'to-current': flag('Reset to where the group is.'),
  'shift-by': long('Reset by so many records forward, or backward when negative.', {
    describedAs: 'number-of-offsets',
  }),
  members: flag('With --describe: the members.', { availableIf: ['describe'] }),
  verbose: flag('With --describe: more about it.', { availableIf: ['describe'] }),
  offsets: flag('With --describe: offsets and lag of each partition, which is the default.', {
    availableIf: ['describe'],
  }),
  state: text(
    'With --describe: the state. With --list: the states of the groups, or only groups in these, ' +
      'as in --state stable,empty.',
    { isOptional: true, availableIf: ['describe', 'list'] },
  ),
  type: text(
    'With --list: the types of the groups, or only groups of these, as in --type classic,consumer.',
    { isOptional: true, availableIf: ['list'] },
  ),
}

type Name = keyof typeof groupOptions
export type GroupOptions = GivenOptions<typeof groupOptions>

const actions = ['list', 'describe', 'delete', 'reset-offsets', 'delete-offsets'] as const
export type GroupAction = (typeof actions)[number]
/** In the order in which Kafka names them. */
const scenarios = [
  'to-offset',
  'to-current',
  'to-datetime',
  'from-file',
  'by-duration',
  'to-earliest',
  'to-latest',
  'shift-by',
] as const satisfies readonly Name[]
export type ResetScenario = (typeof scenarios)[number]

const bracketed = (names: readonly Name[]) => names.map(name => `[${name}]`).join(', ')

/** @throws OptionError, UsageError, VersionRequested */
export function readGroupOptions(
  argv: readonly string[],
  say: (line: string) => void,
): { given: GroupOptions; action: GroupAction } {
  const given = parseOptions(groupOptions, argv)
  given.notices.forEach(say)
  helpOrVersion(
    given,
    argv,
    'This tool helps to list all consumer groups, describe a consumer group, delete consumer ' +
      'group info, or reset consumer group offsets.',
  )
  requireOptions(given, 'bootstrap-server')
  if (given.has('describe')) ensureDescribable(given)
  if (given.has('delete')) ensureDeletable(given)
  if (given.has('delete-offsets') && !(given.has('group') && given.has('topic'))) {
    refuse(given, 'Option [delete-offsets] takes the following options: [all-groups], [group]')
  }
  if (given.has('reset-offsets')) ensureResettable(given, say)
  refuseTogether(given, 'group', 'all-groups', 'list')
  refuseTogether(given, 'topic', 'list', 'describe')
  const action = requireOneAction(
    given,
    actions,
    'Command must include exactly one action: --list, --describe, --delete, --reset-offsets, ' +
      '--delete-offsets',
  ) as GroupAction
  return { given, action }
}

/** What Java calls an illegal argument is refused with the usage text, whenever it is found. */
export function asUsageError(error: unknown): unknown {
  const isIllegal = javaText(error).startsWith('java.lang.IllegalArgumentException')
  return isIllegal ? new UsageError(messageOf(error), usageOf(groupOptions)) : error
}

const hasGroups = (given: GroupOptions) => given.has('group') || given.has('all-groups')

function ensureDescribable(given: GroupOptions): void {
  if (!hasGroups(given)) {
    const choice = bracketed(['reset-offsets', 'describe', 'delete', 'list'])
    refuse(given, `Option [describe] takes one of these options: ${choice}`)
  }
  const views = ['members', 'offsets', 'state'] as const
  if (views.filter(view => given.has(view)).length > 1) {
    refuse(given, `Option [describe] takes at most one of these options: ${bracketed(views)}`)
  }
  if (given.hasArgument('state')) {
    refuse(given, 'Option [describe] does not take a value for [state]')
  }
}

function ensureDeletable(given: GroupOptions): void {
  if (!hasGroups(given)) {
    refuse(given, 'Option [delete] takes one of these options: [all-groups], [group]')
  }
  if (given.has('topic')) {
    refuse(
      given,
      'The consumer does not support topic-specific offset deletion from a consumer group.',
    )
  }
}

function ensureResettable(given: GroupOptions, say: (line: string) => void): void {
  if (given.has('dry-run') && given.has('execute')) {
    refuse(given, 'Option [reset-offsets] only accepts one of [execute] and [dry-run]')
  }
  if (!given.has('dry-run') && !given.has('execute')) {
    say(
      'WARN: No action will be performed as the --execute option is missing.In a future major ' +
        'release, the default behavior of this command will be to prompt the user before ' +
        'executing the reset rather than doing a dry run. You should add the --dry-run option ' +
        'explicitly if you are scripting this command and want to keep the current default ' +
        'behavior without prompting.',
    )
  }
  if (!hasGroups(given)) {
    refuse(given, 'Option [reset-offsets] takes one of these options: [all-groups], [group]')
  }
  const inOrder = ['to-offset', 'to-datetime', 'by-duration', 'to-earliest'] as const
  const rest = ['to-latest', 'to-current', 'shift-by', 'from-file'] as const
  for (const scenario of [...inOrder, ...rest]) {
    refuseTogether(given, scenario, ...scenarios.filter(other => other !== scenario))
  }
}

/** Where to reset to. @throws UsageError when nothing says it */
export function scenarioOf(given: GroupOptions): ResetScenario {
  const scenario = scenarios.find(name => given.has(name))
  return (
    scenario ??
    refuse(
      given,
      `Option '[reset-offsets]' requires one of the following scenarios: [${bracketed(scenarios)}]`,
    )
  )
}
