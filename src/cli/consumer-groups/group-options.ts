/** The command line of kafka-consumer-groups, as far as groups are listed and described. */
import {
  flag,
  helpOrVersion,
  long,
  parseOptions,
  refuse,
  requireOneAction,
  requireOptions,
  standardOptions,
  text,
  type GivenOptions,
} from '../arguments/index.ts'

export const groupOptions = {
  ...standardOptions,
  'bootstrap-server': text('The brokers to begin with, as host:port,host:port.', {
    describedAs: 'server to connect to',
  }),
  'command-config': text('A file with properties of the admin client.', {
    describedAs: 'command config property file',
  }),
  group: text('The group to work on; may be given several times.', {
    describedAs: 'consumer group',
  }),
  'all-groups': flag('Work on all groups.'),
  list: flag('Print the names of all groups.'),
  describe: flag('Print what a group has read, and what is left for it to read.'),
  timeout: long('Milliseconds that the command may take, which a new group may need.', {
    describedAs: 'timeout (ms)',
    defaultsTo: 5000,
  }),
  members: flag('With --describe: print the members instead.'),
  verbose: flag('With --describe --members: print what each member is assigned, too.'),
  offsets: flag('With --describe: print offsets and lag. This is the default.'),
  state: text(
    'With --describe: print the state of the group instead. With --list: print states; with an ' +
      'argument, of groups in these states only.',
    { describedAs: 'state', isOptional: true },
  ),
  type: text('With --list: print types of groups; with an argument, groups of these types only.', {
    describedAs: 'type',
    isOptional: true,
  }),
}
export type GroupOptions = GivenOptions<typeof groupOptions>

const STATES = [
  'PreparingRebalance',
  'CompletingRebalance',
  'Stable',
  'Dead',
  'Empty',
  'Assigning',
  'Reconciling',
] as const
export type ListedState = (typeof STATES)[number]
const TYPES = ['Consumer', 'Classic'] as const

export type GroupAction = 'list' | 'describe'

/** @throws OptionError, UsageError, VersionRequested */
export function readGroupOptions(argv: readonly string[]): {
  given: GroupOptions
  action: GroupAction
} {
  const given = parseOptions(groupOptions, argv)
  helpOrVersion(given, argv, 'This tool helps to list all consumer groups and to describe one.')
  requireOptions(given, 'bootstrap-server')
  const action = requireOneAction(
    given,
    ['list', 'describe'],
    'Command must include exactly one action: --list, --describe, --delete, --reset-offsets, --delete-offsets',
  ) as GroupAction
  if (action === 'describe') checkDescribe(given)
  return { given, action }
}

function checkDescribe(given: GroupOptions): void {
  if (!given.has('group') && !given.has('all-groups')) {
    const actions = '[reset-offsets], [describe], [delete], [list]'
    refuse(given, `Option [describe] takes one of these options: ${actions}`)
  }
  const views = (['members', 'offsets', 'state'] as const).filter(name => given.has(name))
  if (views.length > 1) {
    refuse(
      given,
      'Option [describe] takes at most one of these options: [members], [offsets], [state]',
    )
  }
}

/** States to list, in any case and order; none: all. @throws UsageError */
export function wantedStates(given: GroupOptions): readonly ListedState[] {
  return wanted(given, 'state', STATES, 'Invalid state list')
}

/** @throws UsageError */
export function wantedTypes(given: GroupOptions): readonly string[] {
  return wanted(given, 'type', TYPES, 'Invalid types list')
}

function wanted<Name extends string>(
  given: GroupOptions,
  option: 'state' | 'type',
  known: readonly Name[],
  problem: string,
): Name[] {
  const text = given.hasArgument(option) ? (given.value(option) ?? '') : ''
  if (text === '') return []
  return text.split(',').map(part => {
    const found = known.find(name => name.toLowerCase() === part.trim().toLowerCase())
    const kind = option === 'state' ? 'states' : 'types'
    return found ?? refuse(given, `${problem} '${text}'. Valid ${kind} are: ${known.join(', ')}`)
  })
}
