/** The command line of kafka-cluster. */
import {
  integerArgument,
  textArgument,
  type Command,
  type GivenArguments,
  type Program,
} from '../arguments/index.ts'
import { bootstrapArguments } from '../bootstrap-arguments.ts'

const connection = () => ({
  ...bootstrapArguments({ server: '-b', controller: '-C' }),
  config: textArgument('--config', 'a file with properties of the admin client', {
    aliases: ['-c'],
  }),
})

const clusterIdArguments = connection()
const unregisterArguments = {
  ...connection(),
  id: integerArgument('--id', 'the id of the broker', { aliases: ['-i'], isRequired: true }),
}

export type ClusterIdValues = GivenArguments<typeof clusterIdArguments>['values']
export type UnregisterValues = GivenArguments<typeof unregisterArguments>['values']

export const clusterProgram = {
  name: 'kafka-cluster',
  description: 'Tells the id of a cluster, or makes it forget a broker.',
  arguments: {},
  showsDefaults: true,
  commands: {
    'cluster-id': {
      description: '',
      help: 'tell the id of a cluster',
      arguments: clusterIdArguments,
    } satisfies Command,
    unregister: {
      description: '',
      help: 'forget a broker that will not come back',
      arguments: unregisterArguments,
    } satisfies Command,
  },
} satisfies Program
