/** What the console consumer prints of a record, by the class name that `--formatter` gives. */
import type { ConsumerRecord } from '../../client/index.ts'
import type { Log } from '../../host/index.ts'
import { javaText } from '../java-text.ts'
import { DEFAULT_FORMATTER } from './consumer-options.ts'
import { deserializerNamed, type Deserialize } from './deserializers.ts'
import { groupsJson, groupsText, offsetsJson, offsetsText } from './stored-formatters.ts'

/** @throws ToolError for a record that cannot be printed */
export type Formatter = (record: ConsumerRecord) => Buffer

const PACKAGE = 'org.apache.kafka.tools.consumer.'
const OLD_STORED = 'kafka.coordinator.group.GroupMetadataManager$'

type Make = (properties: ReadonlyMap<string, string>, reporter: Reporter) => Formatter

/** Where a formatter says what it cannot do. */
export interface Reporter {
  readonly log: Log
  /** A line of standard error behind one of the log. */
  readonly tell: (line: string) => void
}

const printing =
  (print: (record: ConsumerRecord) => string): Make =>
  () =>
  record =>
    Buffer.from(print(record))

const noOpFormatter = printing(() => '')

const formatters: Readonly<Record<string, Make>> = {
  [DEFAULT_FORMATTER]: defaultFormatter,
  [`${PACKAGE}LoggingMessageFormatter`]: loggingFormatter,
  [`${PACKAGE}NoOpMessageFormatter`]: noOpFormatter,
  [`${PACKAGE}OffsetsMessageFormatter`]: printing(offsetsJson),
  [`${PACKAGE}GroupMetadataMessageFormatter`]: printing(groupsJson),
  // Gone since Kafka 3.0, without a class to use instead.
  'kafka.tools.ChecksumMessageFormatter': checksumFormatter,
}

/** Where the classes were before 3.9. Those of stored records printed another text there. */
const renamed: Readonly<Record<string, { today: string; make: Make }>> = {
  'kafka.tools.DefaultMessageFormatter': { today: DEFAULT_FORMATTER, make: defaultFormatter },
  'kafka.tools.LoggingMessageFormatter': {
    today: `${PACKAGE}LoggingMessageFormatter`,
    make: loggingFormatter,
  },
  'kafka.tools.NoOpMessageFormatter': {
    today: `${PACKAGE}NoOpMessageFormatter`,
    make: noOpFormatter,
  },
  [`${OLD_STORED}OffsetsMessageFormatter`]: {
    today: `${PACKAGE}OffsetsMessageFormatter`,
    make: printing(offsetsText),
  },
  [`${OLD_STORED}GroupMetadataMessageFormatter`]: {
    today: `${PACKAGE}GroupMetadataMessageFormatter`,
    make: printing(groupsText),
  },
}

/** `undefined` when there is no such class here; `warn` is told of an old name. */
export function formatterNamed(className: string, warn: (line: string) => void): Make | undefined {
  const old = Object.hasOwn(renamed, className) ? renamed[className] : undefined
  if (old === undefined) {
    return Object.hasOwn(formatters, className) ? formatters[className] : undefined
  }
  warn(
    `WARNING: ${className} is deprecated and will be removed in the next major release. ` +
      `Please use ${old.today} instead`,
  )
  return old.make
}

/** Parts in a fixed order: timestamp, partition, offset, headers, key, value. */
function defaultFormatter(properties: ReadonlyMap<string, string>, reporter: Reporter): Formatter {
  const bytesOf = (name: string, absent: string) => Buffer.from(properties.get(name) ?? absent)
  const isTrue = (name: string, absent: boolean) =>
    properties.has(name) ? properties.get(name)?.trim().toLowerCase() === 'true' : absent
  const lineSeparator = bytesOf('line.separator', '\n')
  const nullLiteral = bytesOf('null.literal', 'null')
  const readerOf = (part: string) => deserializer(`${part}.deserializer`, properties, reporter)
  const settings: Settings = {
    nullLiteral,
    headersSeparator: bytesOf('headers.separator', ','),
    readKey: readerOf('key'),
    readValue: readerOf('value'),
    readHeader: readerOf('headers'),
  }
  const columns = allColumns.filter(({ property, isShown }) => isTrue(property, isShown))
  const separator = bytesOf('key.separator', '\t')
  return record => {
    const parts: Buffer[] = []
    for (const [index, column] of columns.entries()) {
      if (index > 0) parts.push(separator)
      parts.push(...column.print(record, settings))
    }
    if (columns.length > 0) parts.push(lineSeparator)
    return Buffer.concat(parts)
  }
}

interface Settings {
  readonly nullLiteral: Buffer
  readonly headersSeparator: Buffer
  readonly readKey: Deserialize
  readonly readValue: Deserialize
  readonly readHeader: Deserialize
}

interface Column {
  readonly property: string
  /** Unless the property says otherwise. */
  readonly isShown: boolean
  readonly print: (record: ConsumerRecord, settings: Settings) => Buffer[]
}

const allColumns: readonly Column[] = [
  {
    property: 'print.timestamp',
    isShown: false,
    print: ({ timestampType, timestamp }) => [
      Buffer.from(
        timestampType === 'NoTimestampType' ? 'NO_TIMESTAMP' : `${timestampType}:${timestamp}`,
      ),
    ],
  },
  {
    property: 'print.partition',
    isShown: false,
    print: ({ partition }) => [Buffer.from(`Partition:${partition}`)],
  },
  {
    property: 'print.offset',
    isShown: false,
    print: ({ offset }) => [Buffer.from(`Offset:${offset}`)],
  },
  { property: 'print.headers', isShown: false, print: printHeaders },
  {
    property: 'print.key',
    isShown: false,
    print: ({ key }, { readKey, nullLiteral }) => [read(readKey, key ?? nullLiteral)],
  },
  {
    property: 'print.value',
    isShown: true,
    print: ({ value }, { readValue, nullLiteral }) => [read(readValue, value ?? nullLiteral)],
  },
]

function printHeaders(record: ConsumerRecord, settings: Settings): Buffer[] {
  if (record.headers.length === 0) return [Buffer.from('NO_HEADERS')]
  return record.headers.flatMap(({ key, value }, index) => [
    ...(index === 0 ? [] : [settings.headersSeparator]),
    Buffer.from(`${key}:`),
    read(settings.readHeader, value ?? settings.nullLiteral),
  ])
}

function read(deserialize: Deserialize, bytes: Buffer): Buffer {
  const result = deserialize(bytes)
  return typeof result === 'string' ? Buffer.from(result) : result
}

/** The bytes as they are, unless a class is named that is there. */
function deserializer(
  property: string,
  properties: ReadonlyMap<string, string>,
  { log, tell }: Reporter,
): Deserialize {
  const name = properties.get(property)
  if (name === undefined) return bytes => bytes
  const named = deserializerNamed(name)
  if ('deserialize' in named) return named.deserialize
  log.named(DEFAULT_FORMATTER).error(`Unable to instantiate a deserializer from ${name}`)
  tell(javaText(named.problem))
  return bytes => bytes
}

/** Records of today have no checksum of their own: 0 stands for it, as in the last Kafka with this class. */
function checksumFormatter(properties: ReadonlyMap<string, string>): Formatter {
  const topic = properties.get('topic')
  const line = Buffer.from(`${topic === undefined ? '' : `${topic}:`}checksum:0\n`)
  return () => line
}

/** As the default one, and everything once more into the log. */
function loggingFormatter(properties: ReadonlyMap<string, string>, reporter: Reporter): Formatter {
  const format = defaultFormatter(properties, reporter)
  const own = reporter.log.named(`${PACKAGE}LoggingMessageFormatter`)
  return record => {
    const { timestampType, timestamp, key, value } = record
    const time = timestampType === 'NoTimestampType' ? '' : `${timestampType}:${timestamp}, `
    const keyText = key === null ? 'null ' : `${key.toString()}, `
    own.info(`${time}key:${keyText}value:${value === null ? 'null' : value.toString()}`)
    return format(record)
  }
}
