/**
 * What other brokers are asked by connection, this broker asks itself by its own handlers: through the
 * same bytes, so that there is one way only, whichever broker answers.
 */
import { Reader, Writer } from '../../bytes/index.ts'
import { NetworkError } from '../../host/index.ts'
import { codecOf, type Message, type MessageInput, type MessageOf } from '../../protocol/index.ts'
import { NO_ANSWER, type Handler } from '../handler.ts'
import type { Ask } from './controller-channel.ts'

export interface SelfOptions {
  readonly brokerId: number
  readonly listenerName: string
  readonly handlers: () => ReadonlyMap<number, Handler>
}

export function askSelf({ brokerId, listenerName, handlers }: SelfOptions): Ask {
  const clientId = String(brokerId)
  const gone = new AbortController().signal
  return async (pair, version, body) => {
    const apiKey = pair.request.apiKey ?? -1
    const handler = handlers().get(apiKey)
    if (handler === undefined) {
      throw new NetworkError(`this broker serves no API with the key ${apiKey}`, { code: 'NO_API' })
    }
    const answer = await handler.handle(throughCodec(pair.request, version, body), {
      ...{ clientId, clientHost: '/127.0.0.1', listenerName, gone },
      header: {
        ...{ requestApiKey: apiKey, requestApiVersion: version },
        ...{ correlationId: 0, clientId },
      },
    })
    if (answer === NO_ANSWER) throw new NetworkError('no answer', { code: 'NO_ANSWER' })
    return throughCodec(pair.response, version, answer as MessageInput<typeof pair.response>)
  }
}

/** With the defaults of what the version does not carry. */
function throughCodec<M extends Message>(
  message: M,
  version: number,
  body: MessageInput<M>,
): MessageOf<M> {
  const codec = codecOf(message, version)
  const writer = new Writer(512)
  codec.write(writer, body)
  return codec.read(new Reader(writer.finish()))
}
