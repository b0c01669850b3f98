/**
 * Reads a command line by the rules of argparse4j 0.7: options may be shortened to what is still
 * unambiguous, `--name=value`, subcommands with arguments of their own.
 */
import { ArgumentError, HelpRequested, VersionRequested } from '../errors.ts'
import { readDash } from '../typographic-dash.ts'
import { nameOf, takesValue, type Argument, type Arguments, type Group } from './argument.ts'
import { commandLevel, programLevel, type Level, type Program } from './program.ts'
import { suggestionsFor } from './suggestions.ts'
import { FORMAT_WIDTH, wrapText } from './text-wrap.ts'
import { helpText, usageText } from './usage.ts'

type ValueOf<A> = A extends Argument<infer T> ? T : never
type Named = readonly [name: string, argument: Argument]

/** What a command line gave: the values of the program and of the chosen command by name. */
export interface GivenArguments<A extends Arguments = Arguments> {
  readonly values: { readonly [N in keyof A]: ValueOf<A[N]> }
  /** The chosen command and its values. */
  readonly command: string | undefined
  readonly commandValues: Readonly<Record<string, unknown>>
  /** Lines for stderr about what was read differently than it stands. */
  readonly notices: readonly string[]
}

/** @throws ArgumentError, HelpRequested or VersionRequested. */
export function parseArguments<P extends Program>(
  program: P,
  argv: readonly string[],
): GivenArguments<P['arguments']> {
  const cursor: Cursor = {
    argv,
    index: 0,
    isPastSeparator: false,
    notices: [],
    deferred: undefined,
  }
  const top = new LevelReading(programLevel(program), cursor)
  top.read()
  const chosen = top.chosenCommand
  const sub = chosen === undefined ? undefined : readCommand(program, chosen, cursor)
  if (cursor.deferred !== undefined) throw cursor.deferred
  return {
    values: top.values as GivenArguments<P['arguments']>['values'],
    command: chosen,
    commandValues: sub?.values ?? {},
    notices: cursor.notices,
  }
}

/** The refusal of a tool that looks at its arguments itself: usage, then the sentence. */
export function argumentError(program: Program, message: string): ArgumentError {
  return errorAt(programLevel(program), message, '')
}

interface Cursor {
  readonly argv: readonly string[]
  index: number
  isPastSeparator: boolean
  readonly notices: string[]
  /** What is missing: said only when nothing worse comes, as argparse4j does. */
  deferred: ArgumentError | undefined
}

function readCommand(program: Program, name: string, cursor: Cursor): LevelReading {
  const command = program.commands?.[name]
  if (command === undefined) throw new TypeError(`no command ${name}`)
  const reading = new LevelReading(commandLevel(program, name, command), cursor)
  reading.read()
  return reading
}

function errorAt(level: Level, message: string, suggestions: string): ArgumentError {
  const sentence = `${level.program.name}: error: ${message}\n`
  const text = usageText(level) + wrapText(sentence, { width: FORMAT_WIDTH }) + suggestions
  return new ArgumentError(message, text)
}

class LevelReading {
  readonly values: Record<string, unknown> = {}
  chosenCommand: string | undefined
  readonly #level: Level
  readonly #cursor: Cursor
  readonly #used = new Set<Argument>()
  readonly #groups = new Map<Group, Named>()
  readonly #positional: string[] = []

  constructor(level: Level, cursor: Cursor) {
    this.#level = level
    this.#cursor = cursor
    for (const [name, argument] of [...level.options, ...level.positionals]) {
      if (argument.action !== 'help') this.values[name] = argument.defaultsTo
    }
  }

  read(): void {
    const cursor = this.#cursor
    const commands = this.#level.command === undefined ? this.#level.program.commands : undefined
    while (cursor.index < cursor.argv.length) {
      const term = this.#term()
      if (term === '--' && !cursor.isPastSeparator) {
        cursor.isPastSeparator = true
        cursor.index++
      } else if (this.#isFlag(term)) this.#readFlag(term)
      else if (this.#takesPositional()) {
        this.#positional.push(term)
        cursor.index++
      } else if (commands !== undefined && !cursor.isPastSeparator) {
        this.#finish()
        this.#choose(term, Object.keys(commands))
        return
      } else {
        const left = cursor.argv.slice(cursor.index).join(' ')
        throw this.#error(`unrecognized arguments: '${left}'`)
      }
    }
    if (commands !== undefined) throw this.#error('too few arguments')
    this.#finish()
  }

  #term(): string {
    const { argv, index, isPastSeparator, notices } = this.#cursor
    const written = argv[index] ?? ''
    if (isPastSeparator) return written
    const { argument, notice } = readDash(written, name => this.#find(`--${name}`) !== undefined)
    if (notice !== undefined) notices.push(notice)
    return argument
  }

  /** Negative numbers are values: no tool has an option that looks like one. */
  #isFlag(term: string): boolean {
    if (this.#cursor.isPastSeparator) return false
    return term === '--' || (/^-+[^-]/.test(term) && !/^-\d+$/.test(term))
  }

  #readFlag(term: string): void {
    const equals = term.indexOf('=')
    const flag = equals < 0 ? term : term.slice(0, equals)
    const value = equals < 0 ? undefined : term.slice(equals + 1)
    const found = this.#resolve(flag)
    if (found === undefined) {
      this.#readCluster(term)
      return
    }
    this.#cursor.index++
    this.#take(found, value)
  }

  #find(flag: string): Named | undefined {
    return this.#level.options.find(([, argument]) => argument.flags.includes(flag))
  }

  /** A flag, or what only one flag begins with. */
  #resolve(flag: string): Named | undefined {
    const exact = this.#find(flag)
    if (exact !== undefined) return exact
    const candidates = this.#flags().filter(one => one.startsWith(flag))
    if (candidates.length === 0) return undefined
    const isCluster = this.#isCluster(flag)
    const [only] = candidates
    if (only !== undefined && candidates.length === 1 && !isCluster) return this.#find(only)
    const could = [...candidates, ...(isCluster ? [flag.slice(0, 2)] : [])].toSorted()
    throw this.#error(`ambiguous option: ${flag} could match ${could.join(', ')}`)
  }

  #flags(): readonly string[] {
    return this.#level.options.flatMap(([, argument]) => argument.flags)
  }

  /** Whether `-abc` could be -a -b -c, or -a with the value bc. */
  #isCluster(flag: string): boolean {
    if (!/^-[^-]/.test(flag)) return false
    for (const letter of flag.slice(1)) {
      const found = this.#find(`-${letter}`)
      if (found === undefined) return false
      if (takesValue(found[1])) return true
    }
    return true
  }

  #readCluster(term: string): void {
    const letters = /^-[^-]/.test(term) ? term.slice(1) : ''
    for (let index = 0; index < letters.length; index++) {
      const found = this.#find(`-${letters.charAt(index)}`)
      if (found === undefined) break
      if (takesValue(found[1])) {
        this.#cursor.index++
        this.#take(found, letters.slice(index + 1) || undefined)
        return
      }
      this.#take(found, undefined)
      if (index === letters.length - 1) {
        this.#cursor.index++
        return
      }
    }
    const body = term.replace(/^-+/, '')
    const known = this.#flags()
      .map(flag => [flag, flag.replace(/^-+/, '')] as const)
      .filter(([, word]) => word.length > 1)
    const suggestions = body.length >= 2 ? suggestionsFor(body, known) : ''
    throw errorAt(this.#level, `unrecognized arguments: '${term}'`, suggestions)
  }

  #take(named: Named, value: string | undefined): void {
    const [name, argument] = named
    this.#ensureAlone(named)
    this.#used.add(argument)
    if (takesValue(argument)) {
      this.#store(name, argument, this.#valuesFor(named, value))
      return
    }
    if (value !== undefined) throw this.#about(named, `ignore implicit argument '${value}'`)
    if (argument.action === 'help') throw new HelpRequested(helpText(this.#level))
    if (argument.action === 'version') throw new VersionRequested()
    this.values[name] = true
  }

  #ensureAlone(named: Named): void {
    const { group } = named[1]
    if (group === undefined) return
    const other = this.#groups.get(group)
    if (other !== undefined && other[1] !== named[1]) {
      throw this.#about(named, `not allowed with argument ${nameOf(...other)}`)
    }
    this.#groups.set(group, named)
  }

  #valuesFor(named: Named, embedded: string | undefined): unknown {
    const { count, defaultsTo } = named[1]
    if (count === 'one' || count === '?') {
      const text = embedded ?? this.#nextValue()
      if (text !== undefined) return this.#convert(named, text)
      if (count === 'one') throw this.#about(named, 'expected one argument')
      return defaultsTo
    }
    const texts = embedded === undefined ? this.#nextValues() : [embedded]
    if (count === '+' && texts.length === 0) throw this.#about(named, 'expected 1 argument(s)')
    return texts.map(text => this.#convert(named, text))
  }

  #nextValue(): string | undefined {
    const cursor = this.#cursor
    const next = cursor.argv[cursor.index]
    if (next === undefined || this.#isFlag(next)) return undefined
    cursor.index++
    return next
  }

  #nextValues(): readonly string[] {
    const values: string[] = []
    for (let next = this.#nextValue(); next !== undefined; next = this.#nextValue()) {
      values.push(next)
    }
    return values
  }

  #convert(named: Named, text: string): unknown {
    const { type, choices } = named[1]
    const value = type.convert(text)
    if (value === undefined) {
      const java = type.isNumber ? numberFormat(text, type.javaName) : ''
      throw this.#about(named, `could not convert '${text}' to ${type.javaName} (${java})`)
    }
    if (choices !== undefined && !choices.includes(value)) {
      const list = `{${choices.join(',')}}`
      throw this.#about(named, `invalid choice: '${text}' (choose from ${list})`)
    }
    return value
  }

  #store(name: string, { action }: Argument, value: unknown): void {
    if (action === 'append') {
      const known = this.values[name]
      this.values[name] = Array.isArray(known) ? [...(known as unknown[]), value] : [value]
    } else this.values[name] = value
  }

  #takesPositional(): boolean {
    const { positionals } = this.#level
    const isOpen = positionals.some(([, { count }]) => count === '*' || count === '+')
    return isOpen || this.#positional.length < positionals.length
  }

  #choose(term: string, commands: readonly string[]): void {
    const exact = commands.includes(term) ? [term] : []
    const begun = term === '' ? [] : commands.filter(name => name.startsWith(term))
    const [only, ...others] = exact.length > 0 ? exact : begun
    if (only === undefined) {
      const list = commands.map(name => `'${name}'`).join(', ')
      const known = commands.map(name => [name, name] as const)
      const message = `invalid choice: '${term}' (choose from ${list})`
      throw errorAt(this.#level, message, suggestionsFor(term, known))
    }
    if (others.length > 0) {
      const list = begun.toSorted().join(', ')
      throw this.#error(`ambiguous command: ${term} could match ${list}`)
    }
    this.#cursor.index++
    this.chosenCommand = only
  }

  /** Hands out the positional arguments, then looks for what is missing. */
  #finish(): void {
    this.#assignPositionals()
    this.#cursor.deferred ??= this.#missing()
  }

  #assignPositionals(): void {
    const { positionals } = this.#level
    const needs = positionals.map(([, { count }]) => (count === 'one' || count === '+' ? 1 : 0))
    const needed = needs.reduce<number>((sum, one) => sum + one, 0)
    if (needed > this.#positional.length) throw this.#error('too few arguments')
    let left = needed
    let index = 0
    for (const [position, named] of positionals.entries()) {
      left -= needs[position] ?? 0
      const { count } = named[1]
      const available = this.#positional.length - index - left
      const taken = count === 'one' || count === '?' ? Math.min(1, available) : available
      const texts = this.#positional.slice(index, index + taken)
      index += taken
      if (texts.length === 0) continue
      const values = texts.map(text => this.#convert(named, text))
      this.values[named[0]] = count === 'one' || count === '?' ? values[0] : values
    }
  }

  #missing(): ArgumentError | undefined {
    // The last one is named, and a missing group before it only when nothing else is missing.
    const required = this.#level.options.filter(
      ([, argument]) => argument.isRequired && !this.#used.has(argument),
    )
    const last = required.at(-1)
    if (last !== undefined) return this.#error(`argument ${nameOf(...last)} is required`)
    const group = this.#level.groups.findLast(one => one.isRequired && !this.#groups.has(one))
    if (group === undefined) return undefined
    const members = this.#level.options.filter(([, argument]) => argument.group === group)
    const names = members.map(named => nameOf(...named)).join(' ')
    return this.#error(`one of the arguments ${names} is required`)
  }

  #about([name, argument]: Named, message: string): ArgumentError {
    return this.#error(`argument ${nameOf(name, argument)}: ${message}`)
  }

  #error(message: string): ArgumentError {
    return errorAt(this.#level, message, '')
  }
}

/** What Java's NumberFormatException says. */
function numberFormat(text: string, javaName: string): string {
  if (text === '') return javaName === 'Double' ? 'empty String' : 'For input string: ""'
  const isOutOfShort = javaName === 'Short' && /^[+-]?\d{1,9}$/.test(text)
  if (isOutOfShort) return `Value out of range. Value:"${text}" Radix:10`
  const radix = javaName === 'Integer' && /^[+-]?\d+$/.test(text) ? ' under radix 10' : ''
  return `For input string: "${text}"${radix}`
}
