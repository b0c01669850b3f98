/** Groups as the cluster describes them, whatever its release says of those that do not exist. */
import { unwrap, type GroupDescription } from '../../client/index.ts'
import type { GroupCommand } from './group-command.ts'
import { wrapped } from './wrapped-error.ts'

/** What the tool needs to know of a group that is not there. */
export type KnownGroup = Pick<
  GroupDescription,
  'groupId' | 'state' | 'members' | 'partitionAssignor'
> &
  Partial<Pick<GroupDescription, 'coordinator'>>

/** In the order of `groupIds`. @throws WrappedError for the first that fails, wrapped `times` */
export async function describeKnown(
  { admin, timeoutMs }: GroupCommand,
  groupIds: readonly string[],
  times: 1 | 2,
): Promise<readonly KnownGroup[]> {
  const described = admin.describeConsumerGroups(groupIds, { timeoutMs }).then(outcomes =>
    Array.from(outcomes, ([groupId, outcome]) => {
      // Kafka 4.0 and later answers with an error where others said Dead (KIP-1043).
      const isMissing = !outcome.ok && outcome.error.code === 'GROUP_ID_NOT_FOUND'
      return isMissing ? missingGroup(groupId) : unwrap(outcome)
    }),
  )
  return wrapped(times, described)
}

function missingGroup(groupId: string): KnownGroup {
  return { groupId, state: 'Dead', members: [], partitionAssignor: '' }
}
