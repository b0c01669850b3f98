/** Tables whose columns are as wide as they have to be. */

export interface Column<T> {
  readonly title: string
  /** Of the column, whatever stands in it. */
  readonly width?: number
  /** At least so wide, and wide enough for every row. */
  readonly minWidth?: number
  readonly text: (row: T) => string
}

/** The titles, then the rows; cells are apart by one blank. */
export function columnsText<T>(columns: readonly Column<T>[], rows: readonly T[]): string[] {
  const widths = columns.map(({ width, minWidth = 0, text }) =>
    width === undefined ? Math.max(minWidth, ...rows.map(row => text(row).length)) : width,
  )
  const line = (cells: readonly string[]) =>
    cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' ')
  return [
    line(columns.map(({ title }) => title)),
    ...rows.map(row => line(columns.map(({ text }) => text(row)))),
  ]
}
