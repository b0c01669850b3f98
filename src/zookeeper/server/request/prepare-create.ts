/** Judges create, create2, createContainer and createTTL. */
import {
  CreateMode,
  OpCode,
  Permission,
  ZkErrorCode,
  type Acl,
  type CreateRequest,
} from '../../wire/index.ts'
import { CONTAINER_OWNER, MAX_TTL_MS, ttlOwner } from '../tree/ephemeral-owner.ts'
import { isValidPath, parentOf } from '../../wire/path.ts'
import { errorChange, type SimpleChange } from '../tree/transaction.ts'
import { newStat } from '../tree/znode.ts'
import { fixAcls, isAllowed } from './access.ts'
import type { NodeView } from './pending.ts'
import type { Asking } from './prepare.ts'
import type { ServerState } from './state.ts'

type CreateType =
  | typeof OpCode.create
  | typeof OpCode.create2
  | typeof OpCode.createContainer
  | typeof OpCode.createTTL

export type CreateAsked = { type: CreateType; body: CreateRequest; ttlMs: bigint }

const NO_TTL = -1n

/** The transaction that makes the node, or the error that says why not; noted as under way. */
export function prepareCreate(
  state: ServerState,
  asking: Asking,
  asked: Omit<CreateAsked, 'ttlMs'> & { ttlMs?: bigint },
): SimpleChange {
  const { body, ttlMs = NO_TTL } = asked
  const refusal = whyBadMode(state, asked.type, body.flags, ttlMs)
  if (refusal !== undefined) return errorChange(refusal)
  if (!body.path.includes('/') || body.path.includes('\0')) {
    return errorChange(ZkErrorCode.BAD_ARGUMENTS)
  }
  const acls = fixAcls(body.acl, asking.identities)
  if (acls === undefined) return errorChange(ZkErrorCode.INVALID_ACL)
  const parent = state.pending.get(parentOf(body.path))
  if (parent === undefined) return errorChange(ZkErrorCode.NO_NODE)
  if (!isAllowed(parent.acls, Permission.CREATE, asking.identities)) {
    return errorChange(ZkErrorCode.NO_AUTH)
  }
  const path = isSequential(body.flags) ? body.path + sequenceOf(parent) : body.path
  if (!isValidPath(path)) return errorChange(ZkErrorCode.BAD_ARGUMENTS)
  if (state.pending.get(path) !== undefined) return errorChange(ZkErrorCode.NODE_EXISTS)
  if (state.tree.kindOf(parent.stat) === 'ephemeral') {
    return errorChange(ZkErrorCode.NO_CHILDREN_FOR_EPHEMERALS)
  }
  const created = { type: asked.type, path, data: body.data, acls, flags: body.flags, ttlMs }
  return accept(state, asking, parent, created)
}

interface Created {
  type: CreateType
  path: string
  data: Buffer | null
  acls: readonly Acl[]
  flags: number
  ttlMs: bigint
}

function accept(
  state: ServerState,
  asking: Asking,
  parent: NodeView,
  created: Created,
): SimpleChange {
  const { zxid, timeMs } = asking
  const { type, path, data, acls, flags, ttlMs } = created
  const parentCVersion = (parent.stat.cversion + 1) | 0
  const ephemeral = isEphemeral(flags)
  const ephemeralOwner = ownerOf(created, ephemeral ? asking.sessionId : 0n)
  const parentStat = { ...parent.stat, cversion: parentCVersion, pzxid: zxid }
  state.pending.put(zxid, { ...parent, stat: parentStat, childCount: parent.childCount + 1 })
  const stat = newStat({ zxid, timeMs, ephemeralOwner })
  state.pending.put(zxid, { path, stat, data, acls, childCount: 0 })

  const common = { path, data, acl: acls, parentCVersion }
  if (type === OpCode.createTTL) return { type, body: { ...common, ttl: ttlMs } }
  if (type === OpCode.createContainer) return { type, body: common }
  return { type, body: { ...common, ephemeral } }
}

/** What the transaction will make of it when it is applied. */
function ownerOf(created: Created, session: bigint): bigint {
  if (created.type === OpCode.createContainer) return CONTAINER_OWNER
  return created.type === OpCode.createTTL ? ttlOwner(created.ttlMs) : session
}

function whyBadMode(
  state: ServerState,
  type: CreateType,
  flags: number,
  ttlMs: bigint,
): ZkErrorCode | undefined {
  if (flags < CreateMode.PERSISTENT || flags > CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL) {
    return ZkErrorCode.BAD_ARGUMENTS
  }
  const isTtl = flags >= CreateMode.PERSISTENT_WITH_TTL
  if (isTtl && !state.options.extendedTypesEnabled) return ZkErrorCode.UNIMPLEMENTED
  const isTtlFit = isTtl ? ttlMs > 0n && ttlMs <= MAX_TTL_MS : ttlMs < 0n
  if (!isTtlFit || (type === OpCode.createTTL && !isTtl)) return ZkErrorCode.BAD_ARGUMENTS
  return undefined
}

function isSequential(flags: number): boolean {
  return (
    flags === CreateMode.PERSISTENT_SEQUENTIAL ||
    flags === CreateMode.EPHEMERAL_SEQUENTIAL ||
    flags === CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL
  )
}

function isEphemeral(flags: number): boolean {
  return flags === CreateMode.EPHEMERAL || flags === CreateMode.EPHEMERAL_SEQUENTIAL
}

/** Ten digits of the number of children ever made here; as Java's `%010d` once it has overflowed. */
function sequenceOf(parent: NodeView): string {
  const { cversion } = parent.stat
  return cversion < 0
    ? `-${String(-cversion).padStart(9, '0')}`
    : String(cversion).padStart(10, '0')
}
