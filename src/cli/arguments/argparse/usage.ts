/** Usage and help texts in argparse4j's form. */
import { formatJavaDouble } from '../../../bytes/index.ts'
import { helpArgument, takesValue, type Argument, type Group } from './argument.ts'
import { programLevel, type Level } from './program.ts'
import { FORMAT_WIDTH, wrapText } from './text-wrap.ts'

const HELP_COLUMN = 25
/** From this column on, arguments stand below the program's name instead of beside it. */
const WIDEST_PROGRAM = 30

/** `usage: name [-h] ...`, ends with a line end. */
export function usageText(level: Level): string {
  const head = `usage: ${level.program.name}`
  const isWide = head.length > WIDEST_PROGRAM
  const indent = ' '.repeat(isWide ? 6 : head.length)
  const words = [...upperWords(level), ...ownWords(level)]
  let column = isWide ? indent.length * 2 : indent.length
  let text = isWide ? `${head}\n${indent}` : head
  let isFirst = true
  for (const word of words) {
    if (!isFirst && column + word.length + 1 > FORMAT_WIDTH) {
      text += `\n${indent} ${word}`
      column = indent.length + 1 + word.length
    } else {
      text += ` ${word}`
      column += 1 + word.length
      isFirst = false
    }
  }
  return `${text}\n`
}

/** Usage, description, and every argument with its help. */
export function helpText(level: Level): string {
  const { description, options, positionals, groups, program } = level
  const paragraphs = [usageText(level)]
  if (description !== '') {
    paragraphs.push(`${wrapText(description, { width: FORMAT_WIDTH })}\n`)
  }
  const line = (name: string, argument: Argument) =>
    argumentHelp(name, argument, program.showsDefaults === true)
  const commands = level.command === undefined ? Object.entries(program.commands ?? {}) : []
  const commandLines = commands.map(([name, command]) => helpLine(`  ${name}`, command.help))
  const commandList = commands.length === 0 ? '' : helpLine(commandSyntax(level), '')
  const isTitled = program.commandsTitle !== undefined
  const named = positionals.map(([name, argument]) => line(name, argument))
  if (named.length > 0 || (commands.length > 0 && !isTitled)) {
    const untitled = isTitled ? [] : [commandList, ...commandLines]
    paragraphs.push(['positional arguments:\n', ...named, ...untitled].join(''))
  }
  const own = options.filter(([, { group }]) => group === undefined || !isSeparate(group))
  const ownLines = own.map(([name, argument]) => line(name, argument))
  paragraphs.push(['optional arguments:\n', ...ownLines].join(''))
  if (commands.length > 0 && program.commandsTitle !== undefined) {
    paragraphs.push([`${program.commandsTitle}:\n`, commandList, ...commandLines].join(''))
  }
  for (const group of groups.filter(isSeparate)) {
    const members = options.filter(([, argument]) => argument.group === group)
    const lines = members.map(([name, argument]) => line(name, argument))
    paragraphs.push(groupHead(group) + lines.join(''))
  }
  return paragraphs.join('\n')
}

const isSeparate = ({ title, description }: Group) => Boolean(title) || Boolean(description)

function groupHead({ title, description }: Group): string {
  const head = title === undefined ? '' : `${title}:\n`
  if (description === undefined) return head
  return `${head}  ${wrapText(description, { width: FORMAT_WIDTH, offset: 2, indent: '  ' })}\n\n`
}

function argumentHelp(name: string, argument: Argument, showsDefault: boolean): string {
  const { flags, help, defaultsTo } = argument
  const value = metavarOf(name, argument)
  const spellings = flags.map(flag => (value === '' ? flag : `${flag} ${value}`))
  const hasDefault = showsDefault && defaultsTo !== null && argument !== helpArgument
  const shown = hasDefault ? `${help === '' ? '' : ' '}(default: ${javaText(argument)})` : ''
  return helpLine(flags.length === 0 ? name : spellings.join(', '), help + shown)
}

function javaText({ defaultsTo, type }: Argument): string {
  if (typeof defaultsTo === 'number' && type.javaName === 'Double') {
    return formatJavaDouble(defaultsTo)
  }
  return String(defaultsTo)
}

function helpLine(title: string, help: string): string {
  if (help === '') return `  ${title}\n`
  const indent = ' '.repeat(HELP_COLUMN)
  const wrapped = wrapText(help, { width: FORMAT_WIDTH, offset: HELP_COLUMN, indent })
  const isWide = title.length > HELP_COLUMN - 4
  return isWide
    ? `  ${title}\n${indent}${wrapped}\n`
    : `  ${title.padEnd(HELP_COLUMN - 2)}${wrapped}\n`
}

/** The words of a level's own arguments. */
function ownWords(level: Level): readonly string[] {
  const { options, positionals, groups, command, program } = level
  const hasCommands = command === undefined && program.commands !== undefined
  return [
    ...(command === undefined ? [] : [command]),
    ...options
      .filter(([, { group }]) => group === undefined)
      .map(([name, argument]) => bracketed(name, argument)),
    ...groups.flatMap(group => groupWords(level, group)),
    ...positionals.map(([name, argument]) => metavarOf(name, argument)),
    ...(hasCommands ? [commandSyntax(level), '...'] : []),
  ]
}

/** Of the program above a command only what is required is repeated. */
function upperWords(level: Level): readonly string[] {
  if (level.command === undefined) return []
  const upper = programLevel(level.program)
  return [
    ...upper.options
      .filter(([, { group, isRequired }]) => group === undefined && isRequired)
      .map(([name, argument]) => bracketed(name, argument)),
    ...upper.groups.filter(group => group.isRequired).flatMap(group => groupWords(upper, group)),
    ...upper.positionals.map(([name, argument]) => metavarOf(name, argument)),
  ]
}

function groupWords({ options }: Level, group: Group): readonly string[] {
  const members = options
    .filter(([, argument]) => argument.group === group)
    .map(([name, argument]) => plainSyntax(name, argument))
  if (members.length === 1) return group.isRequired ? members : members.map(one => `[${one}]`)
  const [open, close] = group.isRequired ? ['(', ')'] : ['[', ']']
  return members.flatMap((member, index) => [
    ...(index === 0 ? [] : ['|']),
    `${index === 0 ? open : ''}${member}${index === members.length - 1 ? close : ''}`,
  ])
}

function bracketed(name: string, argument: Argument): string {
  const plain = plainSyntax(name, argument)
  return argument.isRequired ? plain : `[${plain}]`
}

function plainSyntax(name: string, argument: Argument): string {
  const value = metavarOf(name, argument)
  return [argument.flags[0] ?? name, ...(value === '' ? [] : [value])].join(' ')
}

/** What stands for the values of an argument. */
export function metavarOf(name: string, argument: Argument): string {
  if (!takesValue(argument)) return ''
  const { metavar, choices, count, flags } = argument
  const fromFlag = (flags.find(flag => flag.startsWith('--')) ?? flags[0] ?? name)
    .replace(/^-+/, '')
    .replaceAll('-', '_')
  const inferred =
    choices === undefined
      ? flags.length === 0
        ? name
        : fromFlag.toUpperCase()
      : `{${choices.join(',')}}`
  const value = metavar ?? inferred
  switch (count) {
    case 'one':
      return value
    case '?':
      return `[${value}]`
    case '*':
      return `[${value} [${value} ...]]`
    case '+':
      return `${value} [${value} ...]`
  }
}

const commandSyntax = ({ program }: Level) => `{${Object.keys(program.commands ?? {}).join(',')}}`
