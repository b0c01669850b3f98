/**
 * Several operations in one request: each behind a MultiHeader, and one more header, `done`, at the
 * end. A multi changes all or nothing; a multiRead (3.6) reads, each for itself.
 */
import { ProtocolError, type Reader, type Writer } from '../../bytes/index.ts'
import { CreateMode } from './constants.ts'
import { readRecord, writeRecord, type Stat } from './data.ts'
import { ZkErrorCode } from './error-code.ts'
import { OpCode } from './op-code.ts'
import {
  CheckVersionRequest,
  CreateRequest,
  CreateTTLRequest,
  DeleteRequest,
  MultiHeader,
  ReadRequest,
  SetDataRequest,
} from './requests.ts'
import {
  Create2Response,
  ErrorResponse,
  GetChildrenResponse,
  GetDataResponse,
  PathResponse,
  StatResponse,
} from './responses.ts'

/** One change of a multi, as asked for. */
export type MultiChange =
  | {
      type: typeof OpCode.create | typeof OpCode.create2 | typeof OpCode.createContainer
      body: CreateRequest
    }
  | { type: typeof OpCode.createTTL; body: CreateTTLRequest }
  | { type: typeof OpCode.delete; body: DeleteRequest }
  | { type: typeof OpCode.setData; body: SetDataRequest }
  | { type: typeof OpCode.check; body: CheckVersionRequest }

/** One read of a multiRead. */
export interface MultiRead {
  type: typeof OpCode.getData | typeof OpCode.getChildren
  body: ReadRequest
}

export type MultiOperation = MultiChange | MultiRead

/** What one operation came to. */
export type MultiResult =
  | { type: typeof OpCode.create; path: string }
  | { type: typeof OpCode.create2; path: string; stat: Stat }
  | { type: typeof OpCode.delete | typeof OpCode.check }
  | { type: typeof OpCode.setData; stat: Stat }
  | { type: typeof OpCode.getChildren; children: readonly string[] }
  | { type: typeof OpCode.getData; data: Buffer | null; stat: Stat }
  | { type: typeof OpCode.error; err: number }

const END = { type: -1, done: true, err: -1 }

export function isMultiRead(operation: MultiOperation): operation is MultiRead {
  return operation.type === OpCode.getData || operation.type === OpCode.getChildren
}

/** @throws ProtocolError also for an operation that no multi may hold, and for reads among changes */
export function readMultiRequest(reader: Reader): MultiOperation[] {
  const operations: MultiOperation[] = []
  for (;;) {
    const header = readRecord(MultiHeader, reader)
    if (header.done) break
    operations.push(readOperation(header.type, reader))
  }
  const reads = operations.filter(isMultiRead).length
  if (reads !== 0 && reads !== operations.length) {
    throw new ProtocolError(`${reads} of ${operations.length} operations of a multi are reads`)
  }
  return operations
}

export function writeMultiRequest(writer: Writer, operations: readonly MultiOperation[]): void {
  for (const operation of operations) {
    writeRecord(MultiHeader, writer, { type: operation.type, done: false, err: -1 })
    writeOperation(writer, operation)
  }
  writeRecord(MultiHeader, writer, END)
}

export function readMultiResponse(reader: Reader): MultiResult[] {
  const results: MultiResult[] = []
  for (;;) {
    const header = readRecord(MultiHeader, reader)
    if (header.done) return results
    results.push(readResult(header.type, reader))
  }
}

export function writeMultiResponse(writer: Writer, results: readonly MultiResult[]): void {
  for (const result of results) {
    const err = result.type === OpCode.error ? result.err : ZkErrorCode.OK
    writeRecord(MultiHeader, writer, { type: result.type, done: false, err })
    writeResult(writer, result)
  }
  writeRecord(MultiHeader, writer, END)
}

function readOperation(type: number, reader: Reader): MultiOperation {
  switch (type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer: {
      const body = readRecord(CreateRequest, reader)
      checkCreateMode(body.flags)
      return { type, body }
    }
    case OpCode.createTTL: {
      const body = readRecord(CreateTTLRequest, reader)
      checkCreateMode(body.flags)
      return { type, body }
    }
    case OpCode.delete:
      return { type, body: readRecord(DeleteRequest, reader) }
    case OpCode.setData:
      return { type, body: readRecord(SetDataRequest, reader) }
    case OpCode.check:
      return { type, body: readRecord(CheckVersionRequest, reader) }
    case OpCode.getData:
    case OpCode.getChildren:
      return { type, body: readRecord(ReadRequest, reader) }
    default:
      throw new ProtocolError(`operation ${type} cannot be part of a multi`, reader.position)
  }
}

function checkCreateMode(flags: number): void {
  if (flags >= CreateMode.PERSISTENT && flags <= CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL) return
  throw new ProtocolError(`flags of a create must be from 0 to 6, got ${flags}`)
}

function writeOperation(writer: Writer, operation: MultiOperation): void {
  switch (operation.type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer: {
      writeRecord(CreateRequest, writer, operation.body)
      return
    }
    case OpCode.createTTL: {
      writeRecord(CreateTTLRequest, writer, operation.body)
      return
    }
    case OpCode.delete: {
      writeRecord(DeleteRequest, writer, operation.body)
      return
    }
    case OpCode.setData: {
      writeRecord(SetDataRequest, writer, operation.body)
      return
    }
    case OpCode.check: {
      writeRecord(CheckVersionRequest, writer, operation.body)
      return
    }
    case OpCode.getData:
    case OpCode.getChildren: {
      writeRecord(ReadRequest, writer, operation.body)
      return
    }
  }
}

function readResult(type: number, reader: Reader): MultiResult {
  switch (type) {
    case OpCode.create:
      return { type, path: readRecord(PathResponse, reader).path ?? '' }
    case OpCode.create2:
      return { type, ...readRecord(Create2Response, reader) }
    case OpCode.delete:
    case OpCode.check:
      return { type }
    case OpCode.setData:
      return { type, ...readRecord(StatResponse, reader) }
    case OpCode.getChildren:
      return { type, ...readRecord(GetChildrenResponse, reader) }
    case OpCode.getData:
      return { type, ...readRecord(GetDataResponse, reader) }
    case OpCode.error:
      return { type, ...readRecord(ErrorResponse, reader) }
    default:
      throw new ProtocolError(`a multi has no result of type ${type}`, reader.position)
  }
}

function writeResult(writer: Writer, result: MultiResult): void {
  switch (result.type) {
    case OpCode.create: {
      writeRecord(PathResponse, writer, result)
      return
    }
    case OpCode.create2: {
      writeRecord(Create2Response, writer, result)
      return
    }
    case OpCode.setData: {
      writeRecord(StatResponse, writer, result)
      return
    }
    case OpCode.getChildren: {
      writeRecord(GetChildrenResponse, writer, result)
      return
    }
    case OpCode.getData: {
      writeRecord(GetDataResponse, writer, result)
      return
    }
    case OpCode.error: {
      writeRecord(ErrorResponse, writer, result)
      return
    }
    case OpCode.delete:
    case OpCode.check:
      return
  }
}
