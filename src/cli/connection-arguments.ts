/** The brokers of the verifiable clients: by the name of today, or the old one. */
import { textArgument, type Group } from './arguments/index.ts'

const group: Group = {
  isRequired: true,
  title: 'Connection Group',
  description: 'Group of arguments for connection to brokers',
}
const settings = { group, metavar: 'HOST1:PORT1[,HOST2:PORT2[...]]' }

export const connectionArguments = {
  bootstrapServer: textArgument(
    '--bootstrap-server',
    'the brokers to begin with; required unless --broker-list is given',
    settings,
  ),
  brokerList: textArgument('--broker-list', 'an old name of --bootstrap-server', settings),
}
