/** The command line of kafka-metadata-quorum. */
import {
  integerArgument,
  switchArgument,
  textArgument,
  type GivenArguments,
  type Program,
} from '../arguments/index.ts'
import { bootstrapArguments } from '../bootstrap-arguments.ts'

const dryRun = switchArgument('--dry-run', 'tell what would be done, and do not do it')

const describeArguments = {
  status: switchArgument('--status', 'a summary of the quorum'),
  replication: switchArgument('--replication', 'how far each member has replicated'),
  humanReadable: switchArgument('--human-readable', 'tell times by how long ago they were'),
}
const removeControllerArguments = {
  controllerId: integerArgument('--controller-id', 'the id of the controller', {
    aliases: ['-i'],
    isRequired: true,
  }),
  controllerDirectoryId: textArgument('--controller-directory-id', 'the id of its directory', {
    aliases: ['-d'],
    isRequired: true,
  }),
  dryRun,
}

export type DescribeValues = GivenArguments<typeof describeArguments>['values']
export type RemoveControllerValues = GivenArguments<typeof removeControllerArguments>['values']

export const quorumProgram = {
  name: 'kafka-metadata-quorum',
  description: 'Describes the quorum of controllers of a cluster without ZooKeeper.',
  arguments: {
    ...bootstrapArguments(),
    commandConfig: textArgument('--command-config', 'a file with properties of the admin client'),
  },
  showsDefaults: true,
  commands: {
    describe: {
      description: '',
      help: 'describe the quorum',
      arguments: describeArguments,
    },
    'add-controller': {
      description: '',
      help: 'add a controller to the quorum',
      arguments: { dryRun },
    },
    'remove-controller': {
      description: '',
      help: 'remove a controller from the quorum',
      arguments: removeControllerArguments,
    },
  },
} satisfies Program
