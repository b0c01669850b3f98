/**
 * A transaction as the log holds it:
 *
 *     int64  Adler-32 of the entry
 *     int32  size of the entry in bytes
 *            the entry: TxnHeader, the record of its type, and since 3.6 a TxnDigest
 *     int8   0x42, 'B': the end was reached
 */
import { ProtocolError, Reader, Writer } from '../../../bytes/index.ts'
import type { Message, MessageOf } from '../../../protocol/index.ts'
import {
  CheckVersionTxn,
  CloseSessionTxn,
  CreateContainerTxn,
  CreateSessionTxn,
  CreateTTLTxn,
  CreateTxn,
  CreateTxnV0,
  DeleteTxn,
  ErrorTxn,
  MultiTxn,
  OpCode,
  readRecord,
  SetACLTxn,
  SetDataTxn,
  TxnDigest,
  TxnHeader,
  writeRecord,
} from '../../wire/index.ts'
import {
  isSimple,
  type Change,
  type SimpleChange,
  type Transaction,
  type TreeDigest,
} from '../tree/transaction.ts'
import { adler32 } from './adler32.ts'

/** Checksum and size, in front of an entry. */
export const ENTRY_HEAD_BYTES = 12
export const END_OF_ENTRY = 0x42

const DIGEST_BYTES = 12

/** The whole entry, with what stands around it. */
export function encodeTransaction(transaction: Transaction): Buffer {
  const { header, change, digest } = transaction
  const writer = new Writer()
  for (let bytes = 0; bytes < ENTRY_HEAD_BYTES; bytes += 4) writer.int32(0)
  writeRecord(TxnHeader, writer, { ...header, type: change.type })
  writeChange(writer, change)
  if (digest !== null) writeRecord(TxnDigest, writer, digest)
  writer.int8(END_OF_ENTRY)

  const entry = writer.finish()
  const end = entry.length - 1
  entry.writeUInt32BE(adler32(entry, ENTRY_HEAD_BYTES, end), 4)
  entry.writeInt32BE(end - ENTRY_HEAD_BYTES, 8)
  return entry
}

/**
 * What an entry holds, without what stands around it.
 * @throws ProtocolError for a type that no version writes, or a record that is cut
 */
export function decodeTransaction(entry: Buffer): Transaction {
  const reader = new Reader(entry)
  const { type, ...header } = readRecord(TxnHeader, reader)
  const change = readChange(type, reader)
  return { header, change, digest: readDigest(reader) }
}

function readDigest(reader: Reader): TreeDigest | null {
  return reader.remaining < DIGEST_BYTES ? null : readRecord(TxnDigest, reader)
}

function writeChange(writer: Writer, change: Change): void {
  if (isSimple(change)) {
    writeSimple(writer, change)
    return
  }
  switch (change.type) {
    case OpCode.multi: {
      const txns = change.body.map(each => ({ type: each.type, data: encodeSimple(each) }))
      writeRecord(MultiTxn, writer, { txns })
      return
    }
    case OpCode.setACL: {
      writeRecord(SetACLTxn, writer, change.body)
      return
    }
    case OpCode.createSession: {
      writeRecord(CreateSessionTxn, writer, change.body)
      return
    }
    case OpCode.closeSession:
      if (change.body !== null) writeRecord(CloseSessionTxn, writer, change.body)
      return
    default: {
      writeSimple(writer, change)
      return
    }
  }
}

function encodeSimple(change: SimpleChange): Buffer {
  const writer = new Writer()
  writeSimple(writer, change)
  return writer.finish()
}

function writeSimple(writer: Writer, change: SimpleChange): void {
  switch (change.type) {
    case OpCode.create:
    case OpCode.create2: {
      writeRecord(CreateTxn, writer, change.body)
      return
    }
    case OpCode.createTTL: {
      writeRecord(CreateTTLTxn, writer, change.body)
      return
    }
    case OpCode.createContainer: {
      writeRecord(CreateContainerTxn, writer, change.body)
      return
    }
    case OpCode.delete:
    case OpCode.deleteContainer: {
      writeRecord(DeleteTxn, writer, change.body)
      return
    }
    case OpCode.setData:
    case OpCode.reconfig: {
      writeRecord(SetDataTxn, writer, change.body)
      return
    }
    case OpCode.check: {
      writeRecord(CheckVersionTxn, writer, change.body)
      return
    }
    case OpCode.error: {
      writeRecord(ErrorTxn, writer, change.body)
      return
    }
  }
}

function readChange(type: number, reader: Reader): Change {
  switch (type) {
    case OpCode.multi: {
      const { txns } = readRecord(MultiTxn, reader)
      return { type, body: txns.map(txn => readSimple(txn.type, new Reader(txn.data))) }
    }
    case OpCode.setACL:
      return { type, body: readRecord(SetACLTxn, reader) }
    case OpCode.createSession:
      return { type, body: readRecord(CreateSessionTxn, reader) }
    case OpCode.closeSession:
      // Logs from before 3.6 do not list what goes with the session.
      return { type, body: readOr(CloseSessionTxn, reader, () => null) }
    default:
      return readSimple(type, reader)
  }
}

function readSimple(type: number, reader: Reader): SimpleChange {
  switch (type) {
    case OpCode.create:
    case OpCode.create2:
      return { type, body: readCreate(reader) }
    case OpCode.createTTL:
      return { type, body: readRecord(CreateTTLTxn, reader) }
    case OpCode.createContainer:
      return { type, body: readRecord(CreateContainerTxn, reader) }
    case OpCode.delete:
    case OpCode.deleteContainer:
      return { type, body: readRecord(DeleteTxn, reader) }
    case OpCode.setData:
    case OpCode.reconfig:
      return { type, body: readRecord(SetDataTxn, reader) }
    case OpCode.check:
      return { type, body: readRecord(CheckVersionTxn, reader) }
    case OpCode.error:
      return { type, body: readRecord(ErrorTxn, reader) }
    default:
      throw new ProtocolError(`no transaction has type ${type}`, reader.position)
  }
}

/** Logs of 3.3 end before the parent's count of creations: -1 asks for one more than there are. */
function readCreate(reader: Reader): CreateTxn {
  return readOr(CreateTxn, reader, () => ({
    ...readRecord(CreateTxnV0, reader),
    parentCVersion: -1,
  }))
}

/** The record, or what `otherwise` makes of the same bytes when they are not one. */
function readOr<M extends Message, U>(
  description: M,
  reader: Reader,
  otherwise: () => U,
): MessageOf<M> | U {
  const start = reader.position
  try {
    return readRecord(description, reader)
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    reader.position = start
    return otherwise()
  }
}
