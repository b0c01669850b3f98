/** Everything a description is written with. */
export { array, struct } from './composite.ts'
export {
  between,
  ignorable,
  mapKey,
  neverFlexible,
  nullable,
  since,
  tagged,
  withDefault,
} from './fields.ts'
export { message, type Message, type MessageInput, type MessageOf } from './message.ts'
export {
  bool,
  fixedSize,
  float64,
  int16,
  int32,
  int64,
  int64Exact,
  int8,
  uint16,
  uint32,
  uuid,
} from './primitives.ts'
export { bytes, records, string, stringType, type RecordsInput } from './sized.ts'
