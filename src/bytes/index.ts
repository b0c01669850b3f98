export { sizeOfPart, type ByteRange, type Part } from './byte-range.ts'
export { ProtocolError } from './protocol-error.ts'
export { Reader } from './reader.ts'
export {
  readUnsignedVarint,
  readVarint,
  readVarlong,
  sizeOfUnsignedVarint,
  sizeOfVarint,
  sizeOfVarlong,
  writeUnsignedVarint,
  writeVarint,
  writeVarlong,
} from './varint.ts'
export { Writer } from './writer.ts'
