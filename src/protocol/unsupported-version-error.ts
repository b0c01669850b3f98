import { ProtocolError } from '../bytes/index.ts'

/** A version that no message has, or one that cannot carry a field that is set. */
export class UnsupportedVersionError extends ProtocolError {
  override readonly name: string = 'UnsupportedVersionError'
}
