/** Rows below their titles: every cell is as wide as its column, and has a tab behind it. */
export function tabTable(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const lines = [titles, ...rows]
  const widths = titles.map((_, column) =>
    lines.reduce((most, cells) => Math.max(most, (cells[column] ?? '').length), 0),
  )
  return lines.map(cells =>
    cells.map((cell, column) => `${cell.padEnd(widths[column] ?? 0)}\t`).join(''),
  )
}
