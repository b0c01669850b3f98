/** What kafka-delete-records does and prints. */
import {
  failure,
  type Admin,
  type PartitionOutcome,
  type RecordsToDelete,
} from '../../client/index.ts'
import { openAdmin } from '../admin-client.ts'
import { javaText } from '../java-text.ts'
import { readText } from '../properties-files.ts'
import type { ToolEnvironment } from '../tool.ts'
import type { DeleteOptions } from './delete-records.ts'
import { readRecordsJson } from './records-json.ts'

export async function carryOut(
  given: DeleteOptions,
  { host, terminal: { stdout } }: ToolEnvironment,
): Promise<void> {
  await using admin = await openAdmin(host, {
    bootstrapServers: given.value('bootstrap-server') ?? '',
    configFile: given.value('command-config'),
  })
  const records = readRecordsJson(readText(host, given.value('offset-json-file') ?? ''))
  stdout.write('Executing records delete operation\n')
  const outcomes = await outcomesOf(admin, records)
  stdout.write('Records delete operation completed:\n')
  for (const { topic, partition, ...outcome } of outcomes) {
    const result = outcome.ok
      ? `low_watermark: ${outcome.value}`
      : `error: ${javaText(outcome.error)}`
    stdout.write(`partition: ${topic}-${partition}\t${result}\n`)
  }
}

/** What fails as a whole, because no broker answered, is told of each partition. */
async function outcomesOf(
  admin: Admin,
  records: readonly RecordsToDelete[],
): Promise<readonly PartitionOutcome<number>[]> {
  try {
    return await admin.deleteRecords(records)
  } catch (error) {
    return records.map(({ topic, partition }) => ({ topic, partition, ...failure(error) }))
  }
}
