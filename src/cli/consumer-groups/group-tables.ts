/** The tables of kafka-consumer-groups, column by column as Kafka pads them. */

/** A dash where there is nothing to say. */
const NOTHING = '-'
const NARROW = 15
const WIDE = 25

export interface OffsetRow {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly currentOffset: number | undefined
  readonly logEndOffset: number | undefined
  readonly consumerId: string | undefined
  readonly host: string | undefined
  readonly clientId: string | undefined
}

const widest = (least: number, texts: readonly string[]): number =>
  Math.max(least, ...texts.map(text => text.length))

const shown = (value: string | number | undefined): string => String(value ?? NOTHING)

/** Each line begins with a line end, and the last has none. */
export function offsetTable(rows: readonly OffsetRow[]): string {
  const group = widest(
    NARROW,
    rows.map(row => row.group),
  )
  const topic = widest(
    NARROW,
    rows.map(row => row.topic),
  )
  const consumer = widest(
    NARROW,
    rows.map(row => shown(row.consumerId)),
  )
  const host = widest(
    NARROW,
    rows.map(row => shown(row.host)),
  )
  const line = (cells: readonly string[]): string => {
    const widths = [group, topic, 10, NARROW, NARROW, NARROW, consumer, host, 0]
    return `\n${cells.map((cell, nth) => cell.padEnd(widths[nth] ?? 0)).join(' ')}`
  }
  const header = [
    'GROUP',
    'TOPIC',
    'PARTITION',
    'CURRENT-OFFSET',
    'LOG-END-OFFSET',
    'LAG',
    'CONSUMER-ID',
    'HOST',
    'CLIENT-ID',
  ]
  return [
    line(header),
    ...rows.map(row =>
      line([
        row.group,
        row.topic,
        String(row.partition),
        shown(row.currentOffset),
        shown(row.logEndOffset),
        shown(lagOf(row)),
        shown(row.consumerId),
        shown(row.host),
        shown(row.clientId),
      ]),
    ),
  ].join('')
}

function lagOf({ currentOffset, logEndOffset }: OffsetRow): number | undefined {
  if (currentOffset === undefined || logEndOffset === undefined) return undefined
  return logEndOffset - currentOffset
}

export interface MemberRow {
  readonly group: string
  readonly consumerId: string
  readonly host: string
  readonly clientId: string
  readonly partitionCount: number
  /** As `orders(0,1)`. */
  readonly assignment: string
}

export function memberTable(rows: readonly MemberRow[], isVerbose: boolean): string {
  const group = widest(
    NARROW,
    rows.map(row => row.group),
  )
  const consumer = widest(
    NARROW,
    rows.map(row => row.consumerId),
  )
  const host = widest(
    NARROW,
    rows.map(row => row.host),
  )
  const client = widest(
    NARROW,
    rows.map(row => row.clientId),
  )
  const line = (cells: readonly string[], assignment: string): string => {
    const widths = [group, consumer, host, client, NARROW]
    const padded = cells.map((cell, nth) => cell.padEnd(widths[nth] ?? 0)).join(' ')
    return `\n${padded} ${isVerbose ? assignment : ''}`
  }
  const header = ['GROUP', 'CONSUMER-ID', 'HOST', 'CLIENT-ID', '#PARTITIONS']
  const lines = rows.map(row =>
    line(
      [row.group, row.consumerId, row.host, row.clientId, String(row.partitionCount)],
      row.assignment,
    ),
  )
  return `${line(header, 'ASSIGNMENT')}${lines.join('')}\n`
}

export interface StateRow {
  readonly group: string
  /** As `localhost:9092  (0)`. */
  readonly coordinator: string
  readonly assignor: string
  readonly state: string
  readonly memberCount: number
}

export function stateTable(row: StateRow): string {
  const coordinator = widest(WIDE, [row.coordinator])
  const line = (
    group: string,
    where: string,
    assignor: string,
    state: string,
    count: string,
  ): string =>
    `\n${group.padEnd(coordinator)} ${where.padEnd(WIDE)} ${assignor.padEnd(20)} ${state.padEnd(NARROW)} ${count}`
  const header = line('GROUP', 'COORDINATOR (ID)', 'ASSIGNMENT-STRATEGY', 'STATE', '#MEMBERS')
  const values = line(row.group, row.coordinator, row.assignor, row.state, String(row.memberCount))
  return `${header}${values}\n`
}

export interface ListRow {
  readonly group: string
  readonly type?: string
  readonly state?: string
}

/** Groups with their types and states, as far as they were asked for. */
export function listTable(
  rows: readonly ListRow[],
  { types, states }: { types: boolean; states: boolean },
): string {
  const group = widest(
    WIDE,
    rows.map(row => row.group),
  )
  const line = (row: Required<ListRow>): string => {
    const type = types ? ` ${row.type.padEnd(20)}` : ''
    const state = states ? ` ${row.state.padEnd(20)}` : ''
    return `${row.group.padEnd(group)}${type}${state}\n`
  }
  const header = line({ group: 'GROUP', type: 'TYPE', state: 'STATE' })
  return header + rows.map(row => line({ type: '', state: '', ...row })).join('')
}
