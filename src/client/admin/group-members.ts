/** Members of groups, removed by an administrator (KIP-345, KIP-571). */
import { ErrorCode, LeaveGroupRequest, LeaveGroupResponse } from '../../protocol/index.ts'
import { apiCall } from '../connection/api-call.ts'
import { failure, KafkaError, success, unwrap } from '../errors.ts'
import type { AdminCallOptions, AdminContext } from './context.ts'
import { askCoordinators, describeConsumerGroups } from './groups.ts'

/** Several members at once, static ones among them, from Kafka 2.4 on. */
const leaveGroupCall = apiCall(LeaveGroupRequest, LeaveGroupResponse, { from: 3 })
const REASON = 'member was removed by an admin'

/** Removes all that the group has now. @throws KafkaError for the group, and for the first member that stays */
export async function removeMembersFromConsumerGroup(
  context: AdminContext,
  groupId: string,
  options: AdminCallOptions = {},
): Promise<void> {
  const described = (await describeConsumerGroups(context, [groupId], options)).get(groupId)
  const members = described === undefined ? [] : unwrap(described).members
  if (members.length === 0) return
  const leaving = members.map(({ memberId, groupInstanceId }) => ({
    memberId: groupInstanceId === null ? memberId : '',
    groupInstanceId,
    reason: REASON,
  }))
  const name = 'leaveGroup(api=FIND_COORDINATOR)'
  const outcomes = await askCoordinators(context, [groupId], { ...options, name }, async node => {
    const connection = await context.cluster.connectionToCoordinator(node)
    const { body } = await connection.send(leaveGroupCall, () => ({ groupId, members: leaving }))
    const { errorCode } = body
    const outcome =
      errorCode === ErrorCode.NONE ? success(body.members) : failure(KafkaError.of(errorCode))
    return new Map([[groupId, outcome]])
  })
  const answered = outcomes.get(groupId)
  const left = answered === undefined ? [] : unwrap(answered)
  const staying = left.find(({ errorCode }) => errorCode !== ErrorCode.NONE)
  if (staying === undefined) return
  const { memberId, groupInstanceId, errorCode } = staying
  throw new KafkaError(
    'KAFKA_ERROR',
    `Encounter exception when trying to remove: MemberIdentity(memberId='${memberId}', ` +
      `groupInstanceId=${groupInstanceId === null ? 'null' : `'${groupInstanceId}'`}, ` +
      `reason='${REASON}')`,
    { cause: KafkaError.of(errorCode) },
  )
}
