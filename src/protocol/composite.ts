/** Arrays and structs: the types that are made of others. */
import type { Reader, Writer } from '../bytes/index.ts'
import { checkNull, checkNullToWrite, compactLength, int32Length, type Length } from './length.ts'
import { structCodec } from './struct-codec.ts'
import type {
  Context,
  Fields,
  InputOf,
  InputOfFields,
  OutputOf,
  OutputOfFields,
  Type,
  ValueCodec,
} from './type.ts'

/** Fields in order. In flexible versions a section of tagged fields ends it. */
export function struct<const F extends Fields>(
  fields: F,
): Type<OutputOfFields<F>, InputOfFields<F>> {
  return {
    kind: 'type',
    name: 'struct',
    fields,
    compile: context => {
      const codec = structCodec(fields, context)
      return context.isNullable ? nullableStruct(codec, context) : codec
    },
  }
}

type ArrayOf<Out, In> = Type<readonly Out[], readonly In[]>

/** Any number of elements, of a type or of the given fields; what is read must not be changed. */
export function array<T extends Type>(element: T): ArrayOf<OutputOf<T>, InputOf<T>>
export function array<const F extends Fields>(
  fields: F,
): ArrayOf<OutputOfFields<F>, InputOfFields<F>>
export function array(description: Type | Fields): ArrayOf<unknown, unknown> {
  const element = isType(description) ? description : struct(description)
  return {
    kind: 'type',
    name: 'array',
    element,
    compile: context =>
      arrayCodec(
        element.compile({ ...context, isNullable: false, isTagged: false }),
        context,
        context.isFlexible ? compactLength : int32Length,
      ),
  }
}

/** A struct may itself have a field named `kind`: then that is a description, not the word. */
function isType(description: Type | Fields): description is Type {
  return description['kind'] === 'type'
}

const NO_ELEMENTS: readonly unknown[] = Object.freeze([])

function arrayCodec(
  element: ValueCodec,
  context: Context,
  length: Length,
): ValueCodec<readonly unknown[] | null> {
  return {
    leastSizeBytes: length.sizeBytes,
    zero: NO_ELEMENTS,
    isZero: value => value?.length === 0,
    read: reader => {
      const count = length.read(reader)
      if (count < 0) return checkNull(count, context, reader)
      return readElements(reader, count, element)
    },
    write: (writer, value) => {
      if (value === null) {
        checkNullToWrite(context)
        length.write(writer, -1)
        return
      }
      length.write(writer, value.length)
      for (const each of value) element.write(writer, each)
    },
  }
}

function readElements(reader: Reader, count: number, element: ValueCodec): unknown[] {
  reader.claimElements(count, element.leastSizeBytes)
  const elements: unknown[] = []
  for (let index = 0; index < count; index += 1) elements.push(element.read(reader))
  return elements
}

/** One byte tells whether there is a struct: 1, or for null -1 (KIP-893), in the tag section 0. */
function nullableStruct(codec: ValueCodec, { isTagged }: Context): ValueCodec {
  const nullMark = isTagged === true ? 0 : -1
  return {
    ...codec,
    leastSizeBytes: 1,
    read: reader => (reader.int8() <= nullMark ? null : codec.read(reader)),
    write: (writer: Writer, value) => {
      writer.int8(value === null ? nullMark : 1)
      if (value !== null) codec.write(writer, value)
    },
  }
}
