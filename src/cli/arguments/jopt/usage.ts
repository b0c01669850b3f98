/** The usage text in jopt-simple's form: two columns in 80 characters, options by name. */
import { breakablePieces } from '../line-breaks.ts'
import type { Option, Options } from './option.ts'

const WIDTH = 80
const GAP = 2
const INDENT = 2

interface Row {
  readonly option: string
  readonly description: string
}

/** Ends with a line end. */
export function usageOf(options: Options): string {
  const names = Object.keys(options).toSorted()
  if (names.length === 0) return 'No options specified  \n'
  const hasRequired = names.some(name => options[name]?.isRequired === true)
  const header = hasRequired ? 'Option (* = required)' : 'Option'
  const rows: readonly Row[] = [
    { option: header, description: 'Description' },
    { option: '-'.repeat(header.length), description: '-----------' },
    ...names.map(name => rowOf(name, options[name] as Option)),
  ]
  return render(fit(rows))
}

function rowOf(name: string, option: Option): Row {
  const leader = name.length > 1 ? '--' : '-'
  return {
    option: `${option.isRequired ? '* ' : ''}${leader}${name}${argumentDisplay(option)}`,
    description: descriptionDisplay(option),
  }
}

function argumentDisplay({ argument, type, describedAs }: Option): string {
  if (argument === 'none') return ''
  const text = describedAs === '' ? type.javaName : `${type.javaName}: ${describedAs}`
  return argument === 'required' ? ` <${text}>` : ` [${text}]`
}

function descriptionDisplay({ description, defaults }: Option): string {
  if (defaults.length === 0) return description
  const shown = defaults.length === 1 ? String(defaults[0]) : `[${defaults.join(', ')}]`
  return `${description} (default: ${shown})`.trim()
}

function widths(rows: readonly Row[]): readonly [option: number, description: number] {
  const widest = (column: keyof Row) => Math.max(...rows.map(row => row[column].length))
  const option = Math.min((WIDTH - GAP) / 2, widest('option'))
  return [option, Math.min(WIDTH - option - GAP, widest('description'))]
}

function fit(rows: readonly Row[]): readonly Row[] {
  const [optionWidth, descriptionWidth] = widths(rows)
  return rows.flatMap(row => {
    const options = wrap(row.option, optionWidth)
    const descriptions = wrap(row.description, descriptionWidth)
    const height = Math.max(options.length, descriptions.length)
    return Array.from({ length: height }, (_, line) => ({
      option: options[line] ?? '',
      description: descriptions[line] ?? '',
    }))
  })
}

/** Lines of at most `width`, all but the first of a paragraph indented. */
function wrap(text: string, width: number): readonly string[] {
  return text
    .trim()
    .split('\n')
    .flatMap(line => {
      const lines: string[] = []
      let current = ''
      for (const piece of breakablePieces(line)) {
        if (current.length + piece.length > width) {
          lines.push(current.trimEnd())
          current = ' '.repeat(INDENT) + piece
        } else current += piece
      }
      return current === '' ? lines : [...lines, current]
    })
}

function render(rows: readonly Row[]): string {
  const [optionWidth, descriptionWidth] = widths(rows)
  return rows
    .map(row => {
      const option = row.option.padEnd(optionWidth + GAP)
      return `${option}${row.description.padEnd(descriptionWidth)}\n`
    })
    .join('')
}
