/** Topic ids as text: 22 characters of URL-safe base64. */
import { illegalArgument } from '../java-text.ts'

const ZERO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'
const ID_BYTES = 16

/** `null` without one, and for the id of nothing. @throws ToolError for what is none */
export function readTopicId(text: string | null): string | null {
  if (text === null || text === ZERO_ID) return null
  if (text.length === 1)
    throw illegalArgument('Input byte[] should at least have 2 bytes for base64 bytes')
  const illegal = /[^A-Za-z0-9_-]/.exec(text.replace(/=+$/, ''))
  if (illegal !== null) {
    const code = illegal[0].charCodeAt(0).toString(16)
    throw illegalArgument(`Illegal base64 character ${code}`)
  }
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length > ID_BYTES) {
    throw illegalArgument(
      `Input string \`${text}\` decoded as ${bytes.length} bytes, which is longer than the ` +
        'expected 16 bytes of a base64-encoded UUID',
    )
  }
  if (bytes.length < ID_BYTES) {
    throw illegalArgument(
      `Input string \`${text}\` decoded as ${bytes.length} bytes, which is not equal to the ` +
        'expected 16 bytes of a base64-encoded UUID',
    )
  }
  return bytes.toString('base64url')
}
