/** Turns what Node throws at sockets into `NetworkError`, with Kafka's sense of what is worth a retry. */
import { NetworkError } from '../network.ts'

/** Wrong until somebody changes a configuration; everything else may pass. */
const lasting = new Set(['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL', 'ERR_SOCKET_BAD_PORT', 'EINVAL'])

const explanations: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'no such address on this machine',
  ENOTFOUND: 'unknown host',
  EAI_AGAIN: 'name look-up failed for now',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  EPIPE: 'broken pipe',
  ETIMEDOUT: 'timed out',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network unreachable',
  EMFILE: 'too many open files',
  ABORT_ERR: 'aborted',
}

export function networkError(what: string, cause: unknown): NetworkError {
  const code = codeOf(cause)
  const explanation = explanations[code] ?? (cause instanceof Error ? cause.message : String(cause))
  return new NetworkError(`${what}: ${explanation} (${code})`, {
    code,
    retriable: !lasting.has(code),
    cause,
  })
}

/** When every address of a name failed Node gathers the errors; the first tells most. */
function codeOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return codeOf(cause.errors[0])
  const code: unknown = (cause as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : 'EUNKNOWN'
}
