/**
 * Compiles a struct for one version: the fields that this version has, in order, and in flexible
 * versions the section of tagged fields (KIP-482): how many, then tag, size and bytes of each.
 */
import { ProtocolError, Writer, type Reader } from '../bytes/index.ts'
import {
  generateRead,
  generateWrite,
  type Struct,
  type StructMember,
  type StructMembers,
  type TagSection,
} from './generated-struct.ts'
import {
  fieldOf,
  includes,
  type Context,
  type Field,
  type Fields,
  type ValueCodec,
} from './type.ts'
import { UnsupportedVersionError } from './unsupported-version-error.ts'

interface CompiledField extends StructMember {
  readonly field: Field
}

export function structCodec(fields: Fields, context: Context): ValueCodec<Struct> {
  const compiled = Object.entries(fields).map(([name, field]) =>
    compileField(name, fieldOf(field), context),
  )
  const present = compiled.filter(({ field }) => includes(field.versions, context.version))
  const inOrder = present.filter(({ field }) => field.tag === undefined)
  const dropped = compiled.filter(
    ({ field }) => !field.isIgnorable && !includes(field.versions, context.version),
  )
  const members: StructMembers = {
    all: compiled,
    inOrder,
    dropped,
    tags: context.isFlexible ? tagSection(present, context) : undefined,
    refuse: name => {
      throw new UnsupportedVersionError(
        `${pathOf(name, context)} is set, but the version has no such field`,
      )
    },
  }
  const codec: ValueCodec<Struct> = {
    leastSizeBytes: inOrder.reduce(
      (sum, { codec }) => sum + codec.leastSizeBytes,
      context.isFlexible ? 1 : 0,
    ),
    zero: Object.freeze(
      Object.fromEntries(compiled.map(({ name, defaultValue }) => [name, defaultValue])),
    ),
    isZero: value => compiled.every(({ name, isDefault }) => isDefault(value[name])),
    // Generated when first needed: most programs use a few messages, and many in one direction only.
    read: reader => {
      codec.read = generateRead(members)
      return codec.read(reader)
    },
    write: (writer, value) => {
      codec.write = generateWrite(members)
      codec.write(writer, value)
    },
  }
  return codec
}

function compileField(name: string, field: Field, struct: Context): CompiledField {
  const codec = field.type.compile({
    path: pathOf(name, struct),
    version: struct.version,
    isFlexible: struct.isFlexible && !field.isNeverFlexible,
    isNullable: includes(field.nullableVersions, struct.version),
    isTagged: field.tag !== undefined,
  })
  const defaultValue = field.default ?? (isNullDefault(field) ? null : codec.zero)
  return { name, field, codec, defaultValue, isDefault: comparison(codec, defaultValue) }
}

/** A tagged struct that may be null is an empty one when it is not there: null is written. */
const isNullDefault = ({ nullableVersions, tag, type }: Field) =>
  nullableVersions !== undefined && (tag === undefined || type.fields === undefined)

function pathOf(name: string, struct: Context): string {
  return struct.path === '' ? name : `${struct.path}.${name}`
}

/** Whether a value, not given included, is the default. One that is an object is the zero of its type. */
function comparison(codec: ValueCodec, defaultValue: unknown): (value: unknown) => boolean {
  if (typeof defaultValue !== 'object' || defaultValue === null) {
    return value => value === undefined || value === defaultValue
  }
  return value => value === undefined || (value !== null && codec.isZero(value))
}

function tagSection(present: readonly CompiledField[], context: Context): TagSection {
  const fields = present
    .filter(({ field }) => field.tag !== undefined)
    .sort((left, right) => (left.field.tag ?? 0) - (right.field.tag ?? 0))
  const byTag = new Map(fields.map(field => [field.field.tag, field]))
  return {
    read: (reader, value) => {
      const count = reader.unsignedVarint()
      if (count > 0) reader.claimElements(count, LEAST_TAG_BYTES)
      for (let index = 0; index < count; index += 1) {
        const tag = reader.unsignedVarint()
        const sizeBytes = reader.unsignedVarint()
        const known = byTag.get(tag)
        if (known === undefined) reader.take(sizeBytes)
        else value[known.name] = readTagged(reader, sizeBytes, known, context)
      }
    },
    write: (writer, value) => {
      if (fields.length === 0) {
        writer.uint8(0)
        return
      }
      const given = fields.filter(({ name, isDefault }) => !isDefault(value[name]))
      writer.unsignedVarint(given.length)
      for (const { name, field, codec } of given)
        writeTagged(writer, field.tag ?? 0, codec, value[name])
    },
  }
}

/** Tag and size. */
const LEAST_TAG_BYTES = 2

function readTagged(
  reader: Reader,
  sizeBytes: number,
  { name, codec }: CompiledField,
  context: Context,
): unknown {
  const end = reader.position + sizeBytes
  const value = codec.read(reader)
  if (reader.position === end) return value
  const read = reader.position - end + sizeBytes
  throw new ProtocolError(
    `tagged field ${pathOf(name, context)} says ${sizeBytes} bytes and has ${read}`,
    reader.position,
  )
}

/** The size comes first, and no message has a tagged field large enough to be counted beforehand. */
function writeTagged(writer: Writer, tag: number, codec: ValueCodec, value: unknown): void {
  const inner = new Writer()
  codec.write(inner, value)
  writer.unsignedVarint(tag)
  writer.unsignedVarint(inner.sizeBytes)
  writer.bytes(inner.finish())
}
