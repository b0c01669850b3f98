/** Ids of log directories: 16 bytes in base64 for addresses. Mirrors Uuid.fromString. */
import { PlainError } from '../plain-error.ts'

const MAX_CHARACTERS = 24
const BYTES = 16

/** @throws PlainError in the words of Java's decoder */
export function ensureUuid(text: string): void {
  const problem = problemOf(text)
  if (problem !== undefined) {
    throw new PlainError(`Failed to parse --controller-directory-id: ${problem}`)
  }
}

function problemOf(text: string): string | undefined {
  if (text.length > MAX_CHARACTERS) {
    const prefix = text.slice(0, MAX_CHARACTERS)
    return `Input string with prefix \`${prefix}\` is too long to be decoded as a base64 UUID`
  }
  const illegal = /[^\w-]/.exec(text.replace(/={1,2}$/, ''))?.[0]
  if (illegal !== undefined) {
    return `Illegal base64 character ${illegal.charCodeAt(0).toString(16)}`
  }
  if (text.length === 1) return 'Input byte[] should at least have 2 bytes for base64 bytes'
  const { length } = Buffer.from(text, 'base64url')
  if (length === BYTES) return undefined
  return (
    `Input string \`${text}\` decoded as ${length} bytes, which is not equal to the expected ` +
    `${BYTES} bytes of a base64-encoded UUID`
  )
}
