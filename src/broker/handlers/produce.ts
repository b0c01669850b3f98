import { isInternalTopic } from '../../metadata/index.ts'
import { ErrorCode, ProduceRequest, ProduceResponse } from '../../protocol/index.ts'
import { produceFormats } from '../../records/index.ts'
import { refusedAppend, type PartitionAppend } from '../../replica/index.ts'
import type { BrokerContext } from '../context.ts'
import { CloseConnection, handler, NO_ANSWER, type Caller, type Handler } from '../handler.ts'
import { producesAbortable, producesByTopicId, produceTellsLeaders } from '../old-versions.ts'
import { CurrentLeaders } from './current-leaders.ts'

interface Part {
  readonly topic: string | undefined
  readonly partition: number
  readonly records: Buffer | null
}

/**
 * Produce (0): every partition's batch is staged before this returns, so that the received bytes
 * need not be kept. With acks=0 nothing is answered, and an error ends the connection.
 */
export function produce(broker: BrokerContext): Handler {
  return handler(
    ProduceRequest,
    ProduceResponse,
    (body, caller) => {
      const version = caller.header.requestApiVersion
      const { acks, timeoutMs } = body
      const isTold = produceTellsLeaders(version)
      const leaders = new CurrentLeaders(broker, { listenerName: caller.listenerName, isTold })
      const parts = partsOf(broker, body, producesByTopicId(version))
      if (acks < -1 || acks > 1) {
        return answer(
          body,
          leaders,
          parts.map(() => refusedAppend(ErrorCode.INVALID_REQUIRED_ACKS)),
        )
      }
      const formats = produceFormats(version)
      const append = (tried: readonly Part[], refusals: Refusals | undefined) => {
        const own =
          refusals === undefined ? tried : tried.filter((_, n) => refusals[n] === undefined)
        const appends = broker.replicas.append(own, { acks, timeoutMs, formats })
        return refusals === undefined
          ? appends
          : appends.then(appended => withRefused(refusals, appended))
      }
      const refusals = refuseSome(broker, parts, body.transactionalId, caller)
      const appends =
        refusals instanceof Promise
          ? refusedLater(parts, refusals, append)
          : append(parts, refusals)
      return appends.then(results => {
        if (acks !== 0) return answer(body, leaders, results)
        const failed = results.find(({ errorCode }) => errorCode !== ErrorCode.NONE)
        if (failed !== undefined)
          throw new CloseConnection(`produce with acks=0 failed: ${failed.errorCode}`)
        return NO_ANSWER
      })
    },
    { mayOverlap: true },
  )
}

/** Kafka's own tools write to internal topics under this name, and nobody else does. */
const ADMIN_CLIENT_ID = '__admin_client'

type Refusals = readonly (PartitionAppend | undefined)[]

/** What is not even tried: what coordinators have stored is theirs to write, and a transaction has to be known to its own. */
function refuseSome(
  broker: BrokerContext,
  parts: readonly Part[],
  transactionalId: string | null,
  { clientId, header }: Caller,
): Refusals | undefined | Promise<Refusals> {
  const isForeign = ({ topic }: Part): boolean => topic !== undefined && isInternalTopic(topic)
  const foreign =
    clientId !== ADMIN_CLIENT_ID && parts.some(isForeign)
      ? parts.map(part =>
          isForeign(part) ? refusedAppend(ErrorCode.INVALID_TOPIC_EXCEPTION) : undefined,
        )
      : undefined
  const unverified = broker.verification.refuse(parts, {
    transactionalId,
    knowsAbortable: producesAbortable(header.requestApiVersion),
  })
  if (unverified === undefined || foreign === undefined) return unverified ?? foreign
  const both = (found: Refusals): Refusals => parts.map((_, n) => foreign[n] ?? found[n])
  return unverified instanceof Promise ? unverified.then(both) : both(unverified)
}

/** Another broker is asked first: until it answers the records are kept apart from the receive buffer. */
async function refusedLater(
  parts: readonly Part[],
  refusals: Promise<Refusals>,
  append: (kept: readonly Part[], refusals: Refusals) => Promise<readonly PartitionAppend[]>,
): Promise<readonly PartitionAppend[]> {
  const kept = parts.map(part => ({
    ...part,
    records: part.records === null ? null : Buffer.from(part.records),
  }))
  return append(kept, await refusals)
}

/** All parts in order: those that were refused, and what came of the others. */
function withRefused(refusals: Refusals, appended: readonly PartitionAppend[]): PartitionAppend[] {
  const rest = appended.values()
  return refusals.map(
    refusal => refusal ?? rest.next().value ?? refusedAppend(ErrorCode.UNKNOWN_SERVER_ERROR),
  )
}

function partsOf(broker: BrokerContext, body: ProduceRequest, byId: boolean): Part[] {
  const { topicNames } = broker.metadata.image
  const parts: Part[] = []
  for (const { name, topicId, partitionData } of body.topicData) {
    const topic = byId ? topicNames.get(topicId) : name
    for (const { index, records } of partitionData) parts.push({ topic, partition: index, records })
  }
  return parts
}

/** Results are in the order of the request. */
function answer(
  body: ProduceRequest,
  leaders: CurrentLeaders,
  results: readonly PartitionAppend[],
) {
  let nth = 0
  return {
    responses: body.topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index }) => {
        const result = results[nth++] ?? refusedAppend(ErrorCode.UNKNOWN_SERVER_ERROR)
        return {
          index,
          errorCode: result.errorCode,
          ...leaders.of(leaders.nameOf(name, topicId), index, result.errorCode),
          baseOffset: result.baseOffset,
          logAppendTimeMs: result.appendTimeMs,
          logStartOffset: result.logStartOffset,
          recordErrors: result.recordFaults.map(({ batchIndex, message }) => ({
            batchIndex,
            batchIndexErrorMessage: message,
          })),
          errorMessage: result.isWorded ? result.errorMessage : null,
        }
      }),
    })),
    nodeEndpoints: leaders.nodeEndpoints,
  }
}
