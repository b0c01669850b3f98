/**
 * Asks the controller to move leadership away before this broker stops, so that clients wait for an
 * election and not for a failure (Kafka's KafkaServer.controlledShutdown). What cannot be moved is left.
 */
import { NetworkError, type Log as Logger } from '../../host/index.ts'
import {
  ControlledShutdownRequest,
  ControlledShutdownResponse,
  ErrorCode,
  errorName,
} from '../../protocol/index.ts'
import type { ToController } from './to-controller.ts'

const controlledShutdown = {
  request: ControlledShutdownRequest,
  response: ControlledShutdownResponse,
}

export interface ControlledShutdownOptions {
  readonly brokerId: number
  readonly brokerEpoch: number
  readonly logger: Logger
  readonly controller: ToController
  /** Whether nobody else is left who could take over. */
  readonly isAlone: () => boolean
  readonly version: number
  /** `controlled.shutdown.max.retries` */
  readonly maxRetries: number
  /** `controlled.shutdown.retry.backoff.ms` */
  readonly backoffMs: number
}

/** Resolves when nothing is led any more, or every attempt was in vain. */
export async function askForShutdown(options: ControlledShutdownOptions): Promise<void> {
  const { brokerId, controller, isAlone, logger, maxRetries, backoffMs } = options
  const name = `[KafkaServer id=${brokerId}]`
  logger.info(`${name} Starting controlled shutdown`)
  for (let left = maxRetries; left > 0; left -= 1) {
    const asked = controller.id
    const problem = await attempt(options)
    if (problem === undefined) {
      logger.info(`${name} Controlled shutdown request returned successfully`)
      return
    }
    logger.info(`${name} ${problem}`)
    if (isAlone()) return
    if (left === 1) break
    logger.warn(`${name} Retrying controlled shutdown after the previous attempt failed...`)
    // Often it was the controller that has just stopped: the next one may answer at once.
    await controller.whenOtherThan(asked, backoffMs)
  }
  logger.warn(
    `${name} Proceeding to do an unclean shutdown as all the controlled shutdown attempts failed`,
  )
}

async function attempt(options: ControlledShutdownOptions): Promise<string | undefined> {
  const { brokerId, brokerEpoch, controller, version } = options
  try {
    const body = { brokerId, brokerEpoch }
    const { errorCode, remainingPartitions } = await controller.ask(
      controlledShutdown,
      version,
      body,
    )
    if (errorCode !== ErrorCode.NONE) return `Error from controller: ${errorName(errorCode)}`
    if (remainingPartitions.length === 0) return undefined
    const places = remainingPartitions.map(
      ({ topicName, partitionIndex }) => `${topicName}-${partitionIndex}`,
    )
    return `${places.length} remaining partitions to move: ${places.join(', ')}`
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error
    return `Error when connecting to controller: ${error.message}`
  }
}
