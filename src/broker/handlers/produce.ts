import { isInternalTopic } from '../../metadata/index.ts'
import { ErrorCode, ProduceRequest, ProduceResponse } from '../../protocol/index.ts'
import { produceFormats } from '../../records/index.ts'
import { refusedAppend, type PartitionAppend } from '../../replica/index.ts'
import type { BrokerContext } from '../context.ts'
import { CloseConnection, handler, NO_ANSWER, type Caller, type Handler } from '../handler.ts'
import { producesAbortable, producesByTopicId } from '../old-versions.ts'

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
      const parts = partsOf(broker, body, producesByTopicId(version))
      if (acks < -1 || acks > 1) {
        return answer(
          body,
          parts.map(() => refusedAppend(ErrorCode.INVALID_REQUIRED_ACKS)),
        )
      }
      const formats = produceFormats(version)
      const refusals = refuseSome(broker, parts, body.transactionalId, caller)
      const own = refusals === undefined ? parts : parts.filter((_, n) => refusals[n] === undefined)
      const appends = broker.replicas.append(own, { acks, timeoutMs, formats })
      return appends.then(appended => {
        const results = refusals === undefined ? appended : withRefused(refusals, appended)
        if (acks !== 0) return answer(body, results)
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
): Refusals | undefined {
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
  return parts.map((_, n) => foreign[n] ?? unverified[n])
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
function answer(body: ProduceRequest, results: readonly PartitionAppend[]) {
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
  }
}
