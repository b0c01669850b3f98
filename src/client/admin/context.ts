/** What the calls of the admin client share: a cluster, and how results are waited for. */
import { ErrorCode } from '../../protocol/index.ts'
import type { Cluster, CoordinatorType } from '../connection/cluster.ts'
import type { BrokerNode } from '../connection/cluster-view.ts'
import type { Attempt } from '../connection/retry.ts'
import { failure, isWorthRetrying, KafkaError, type Outcome } from '../errors.ts'
import { groupBy } from '../topic-partition.ts'

/** What every call of the admin client takes. */
export interface AdminCallOptions {
  /** All attempts together; default `default.api.timeout.ms`. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface AdminContext {
  readonly cluster: Cluster
  readonly defaultTimeoutMs: number
  /** Further attempts of a call after the first. */
  readonly retries: number
}

export interface NamedCall extends AdminCallOptions {
  /** As errors have it: `deleteRecords(api=METADATA)`. */
  readonly name: string
}

/** One answer for the whole call. */
export function ask<T>(
  { cluster, defaultTimeoutMs, retries }: AdminContext,
  { name, timeoutMs = defaultTimeoutMs, signal }: NamedCall,
  attempt: (place: Attempt) => Promise<T>,
): Promise<T> {
  return cluster.retry({ name, timeoutMs, retries, signal }, attempt)
}

export interface SettleOptions<K> extends NamedCall {
  readonly keys: readonly K[]
  /** Which failures of a single resource are tried again; default: those that Kafka calls retriable. */
  readonly retries?: (error: KafkaError) => boolean
}

/**
 * An answer for each key: those that fail in a way that may pass are asked for again until time is
 * over, then their last error counts as a timeout, as in Java.
 */
export async function settle<K, V>(
  context: AdminContext,
  options: SettleOptions<K>,
  attempt: (keys: readonly K[], place: Attempt) => Promise<ReadonlyMap<K, Outcome<V>>>,
): Promise<Map<K, Outcome<V>>> {
  const { keys, retries = isWorthRetrying } = options
  const settled = new Map<K, Outcome<V>>()
  if (keys.length === 0) return settled
  try {
    await ask(context, options, async place => {
      let unsettled: KafkaError | undefined
      const pending = keys.filter(key => !settled.has(key))
      for (const [key, outcome] of await attempt(pending, place)) {
        if (!outcome.ok && retries(outcome.error)) unsettled = outcome.error
        else settled.set(key, outcome)
      }
      if (unsettled !== undefined) throw again(unsettled)
    })
  } catch (error) {
    options.signal?.throwIfAborted()
    if (settled.size === 0) throw error
    for (const key of keys) if (!settled.has(key)) settled.set(key, failure(error))
  }
  return inOrder(keys, settled)
}

/** To be tried again, whatever Kafka calls the error in general. */
function again(error: KafkaError): KafkaError {
  if (error.retriable) return error
  return new KafkaError(error.code, error.message, { retriable: true, cause: error })
}

function inOrder<K, V>(keys: readonly K[], settled: ReadonlyMap<K, V>): Map<K, V> {
  const ordered = new Map<K, V>()
  for (const key of keys) {
    const value = settled.get(key)
    if (value !== undefined) ordered.set(key, value)
  }
  return ordered
}

const movedController = new Set<number>([
  ErrorCode.NOT_CONTROLLER,
  ErrorCode.THROTTLING_QUOTA_EXCEEDED,
])

/** What the controller alone answers is tried again only when another one is to be asked, or later. */
export function isForAnotherController(error: KafkaError): boolean {
  return movedController.has(error.errorCode)
}

/** The id of the controller, asked for anew. @throws KafkaError (retriable) while there is none */
export async function controllerId({ cluster }: AdminContext): Promise<number> {
  const { controllerId: id } = await cluster.fetchMetadata({ topics: [] })
  if (id < 0) throw new KafkaError('BROKER_NOT_AVAILABLE', undefined, { retriable: true })
  return id
}

const coordinatorErrors = new Set<number>([
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.NOT_COORDINATOR,
])

export function isForAnotherCoordinator(error: KafkaError): boolean {
  return coordinatorErrors.has(error.errorCode)
}

/** Groups, or transactional ids, by the broker that coordinates them; where none could be found, the error. */
export async function coordinatorsOf(
  { cluster }: AdminContext,
  groupIds: readonly string[],
  type: CoordinatorType = 'group',
): Promise<{ nodes: Map<BrokerNode, string[]>; failures: Map<string, Outcome<never>> }> {
  const failures = new Map<string, Outcome<never>>()
  const found: { groupId: string; node: BrokerNode }[] = []
  for (const groupId of groupIds) {
    try {
      found.push({ groupId, node: await cluster.findCoordinator(type, groupId) })
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      failures.set(groupId, failure(error))
    }
  }
  const nodes = new Map<BrokerNode, string[]>()
  for (const items of groupBy(found, ({ node }) => node.id).values()) {
    const first = items[0]
    if (first !== undefined)
      nodes.set(
        first.node,
        items.map(item => item.groupId),
      )
  }
  return { nodes, failures }
}
