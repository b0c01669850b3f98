/** Opens what the chosen action of kafka-reassign-partitions works with, and runs it. */
import type { Admin } from '../../client/index.ts'
import type { Host } from '../../host/index.ts'
import { openAdmin } from '../admin-client.ts'
import { ToolError } from '../java-text.ts'
import { readText } from '../properties-files.ts'
import type { ToolEnvironment } from '../tool.ts'
import { cancel } from './cancel.ts'
import { execute } from './execute.ts'
import { generate } from './generate.ts'
import { list } from './list.ts'
import type { ReassignAction, ReassignOptions } from './reassign-options.ts'
import { verify } from './verify.ts'
import { onZooKeeper } from './zookeeper-reassignment.ts'

/** What each action works with. */
export interface ReassignRun {
  readonly admin: Admin
  readonly host: Host
  /** As it is: without a line end where Kafka's tool prints none. */
  readonly print: (text: string) => void
  readonly given: ReassignOptions
  /** The text of the file that the action reads. */
  readonly fileText: () => string
}

const commands: Readonly<Record<ReassignAction, (run: ReassignRun) => Promise<void>>> = {
  generate,
  execute,
  verify,
  cancel,
  list,
}

/** @throws PlainError for what is to be told in its words alone; ToolError, ConfigError, KafkaError */
export async function carryOut(
  action: ReassignAction,
  given: ReassignOptions,
  { host, terminal }: ToolEnvironment,
): Promise<void> {
  const print = (text: string) => {
    terminal.stdout.write(text)
  }
  const path = given.value(
    action === 'generate' ? 'topics-to-move-json-file' : 'reassignment-json-file',
  )
  const fileText = () => readFile(host, path ?? '')
  if (!given.has('bootstrap-server')) {
    print('Warning: --zookeeper is deprecated, and will be removed in a future version of Kafka.\n')
    await onZooKeeper(action, { host, print, given, fileText })
    return
  }
  if (given.has('zookeeper')) {
    print(
      'Warning: ignoring deprecated --zookeeper option because --bootstrap-server was specified.  ' +
        'The --zookeeper option will be removed in a future version of Kafka.\n',
    )
  }
  await using admin = await openAdmin(host, {
    bootstrapServers: given.value('bootstrap-server') ?? '',
    configFile: given.value('command-config'),
    defaults: new Map([['client.id', 'reassign-partitions-tool']]),
  })
  await commands[action]({ admin, host, print, given, fileText })
}

function readFile(host: Host, path: string): string {
  if (host.files.status(path) !== undefined) return readText(host, path)
  throw new ToolError('java.io.IOException', `Unable to read file ${path}`)
}
