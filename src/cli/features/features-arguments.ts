/** The command line of kafka-features. */
import {
  repeatedArgument,
  switchArgument,
  textArgument,
  type Arguments,
  type Command,
  type GivenArguments,
  type Program,
} from '../arguments/index.ts'
import { bootstrapArguments } from '../bootstrap-arguments.ts'

const metadata = textArgument('--metadata', 'the level of the metadata, 3.3-IV3 for example')
const feature = repeatedArgument('--feature', 'a feature and its level, `metadata.version=5`')
const dryRun = switchArgument('--dry-run', 'ask whether it could be done, and do not do it')
const unsafe = switchArgument('--unsafe', 'do it even if metadata are lost for good')

const upgradeArguments = { metadata, feature, dryRun }
const downgradeArguments = { metadata, feature, unsafe, dryRun }
const disableArguments = {
  feature: repeatedArgument('--feature', 'a feature to disable'),
  unsafe,
  dryRun,
}

export type DowngradeValues = GivenArguments<typeof downgradeArguments>['values']

const command = (help: string, named: Arguments): Command => ({
  description: '',
  help,
  arguments: named,
})

export const featuresProgram = {
  name: 'kafka-features',
  description: 'Shows and changes the features of a cluster.',
  arguments: {
    ...bootstrapArguments(),
    commandConfig: textArgument('--command-config', 'a file with properties of the admin client'),
  },
  showsDefaults: true,
  commands: {
    describe: command('show the features that are in use', {}),
    upgrade: command('raise the level of features', upgradeArguments),
    downgrade: command('lower the level of features', downgradeArguments),
    disable: command('take features out of use, which is their level 0', disableArguments),
  },
} satisfies Program
