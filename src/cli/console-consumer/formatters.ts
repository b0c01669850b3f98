/** What the console consumer prints of a record, by the class name that `--formatter` gives. */
import type { ConsumerRecord } from '../../client/index.ts'
import type { Log } from '../../host/index.ts'
import { DEFAULT_FORMATTER } from './consumer-options.ts'
import { deserializerNamed, type Deserialize } from './deserializers.ts'

/** @throws ToolError for a record that cannot be printed */
export type Formatter = (record: ConsumerRecord) => Buffer

const PACKAGE = 'org.apache.kafka.tools.consumer.'
/** Where the classes were before 3.9. */
const renamed: Readonly<Record<string, string>> = {
  'kafka.tools.DefaultMessageFormatter': DEFAULT_FORMATTER,
  'kafka.tools.LoggingMessageFormatter': `${PACKAGE}LoggingMessageFormatter`,
  'kafka.tools.NoOpMessageFormatter': `${PACKAGE}NoOpMessageFormatter`,
}

type Make = (properties: ReadonlyMap<string, string>, log: Log) => Formatter

const formatters: Readonly<Record<string, Make>> = {
  [DEFAULT_FORMATTER]: defaultFormatter,
  [`${PACKAGE}LoggingMessageFormatter`]: loggingFormatter,
  [`${PACKAGE}NoOpMessageFormatter`]: () => () => Buffer.alloc(0),
}

/** `undefined` when there is no such class here; `warn` is told of an old name. */
export function formatterNamed(className: string, warn: (line: string) => void): Make | undefined {
  const today = Object.hasOwn(renamed, className) ? renamed[className] : undefined
  if (today !== undefined) {
    warn(
      `WARNING: ${className} is deprecated and will be removed in the next major release. ` +
        `Please use ${today} instead`,
    )
  }
  const name = today ?? className
  return Object.hasOwn(formatters, name) ? formatters[name] : undefined
}

/** Parts in a fixed order: timestamp, partition, offset, headers, key, value. */
function defaultFormatter(properties: ReadonlyMap<string, string>, log: Log): Formatter {
  const bytesOf = (name: string, absent: string) => Buffer.from(properties.get(name) ?? absent)
  const isTrue = (name: string, absent: boolean) =>
    properties.has(name) ? properties.get(name)?.trim().toLowerCase() === 'true' : absent
  const lineSeparator = bytesOf('line.separator', '\n')
  const nullLiteral = bytesOf('null.literal', 'null')
  const readerOf = (part: string) => deserializer(`${part}.deserializer`, properties, log)
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
  log: Log,
): Deserialize {
  const name = properties.get(property)
  const found = name === undefined ? undefined : deserializerNamed(name)
  if (name !== undefined && found === undefined) {
    log.named(DEFAULT_FORMATTER).error(`Unable to instantiate a deserializer from ${name}`)
  }
  return found ?? (bytes => bytes)
}

/** As the default one, and everything once more into the log. */
function loggingFormatter(properties: ReadonlyMap<string, string>, log: Log): Formatter {
  const format = defaultFormatter(properties, log)
  const own = log.named(`${PACKAGE}LoggingMessageFormatter`)
  return record => {
    const { timestampType, timestamp, key, value } = record
    const time = timestampType === 'NoTimestampType' ? '' : `${timestampType}:${timestamp}, `
    const keyText = key === null ? 'null ' : `${key.toString()}, `
    own.info(`${time}key:${keyText}value:${value === null ? 'null' : value.toString()}`)
    return format(record)
  }
}
