/** Kafka's Uuid: 16 bytes, held and printed as 22 characters of URL-safe base64 without padding. */
import { ProtocolError, Reader, type Writer } from '../bytes/index.ts'

/** No id: what stands for an absent uuid everywhere in the protocol. */
export const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA'

const UUID_BYTES = 16

export function readUuid(reader: Reader): string {
  const at = reader.take(UUID_BYTES)
  return reader.buffer.toString('base64url', at, at + UUID_BYTES)
}

export function writeUuid(writer: Writer, uuid: string): void {
  writer.bytes(uuidToBytes(uuid))
}

/** @throws ProtocolError when `uuid` is not one that Kafka could have printed. */
export function uuidToBytes(uuid: string): Buffer {
  const bytes = Buffer.from(uuid, 'base64url')
  if (uuid.length !== ZERO_UUID.length || bytes.length !== UUID_BYTES) {
    throw new ProtocolError(`${JSON.stringify(uuid)} is no uuid: 22 characters of base64url`)
  }
  return bytes
}

/** Of 16 bytes, as `Random` gives them for a new topic. */
export function uuidOfBytes(bytes: Buffer): string {
  return readUuid(new Reader(bytes))
}
