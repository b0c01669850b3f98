/**
 * Reads a command line by the rules of jopt-simple 5 without abbreviations, as Kafka's tools do:
 * `--name value`, `--name=value`, `-name` too, options and other arguments in any order, `--` ends
 * the options.
 */
import { OptionError } from '../errors.ts'
import { readDash } from '../typographic-dash.ts'
import { GivenOptions } from './given-options.ts'
import type { Option, Options } from './option.ts'

/** @throws OptionError in jopt-simple's words. */
export function parseOptions<O extends Options>(
  options: O,
  argv: readonly string[],
): GivenOptions<O> {
  const given = new Reading(options, argv).read()
  ensureRequired(options, given)
  ensureAvailable(options, given)
  return given
}

class Reading<O extends Options> {
  readonly #options: O
  readonly #argv: readonly string[]
  readonly #arguments = new Map<string, string[]>()
  readonly #rest: string[] = []
  readonly #notices: string[] = []
  #index = 0

  constructor(options: O, argv: readonly string[]) {
    this.#options = options
    this.#argv = argv
  }

  read(): GivenOptions<O> {
    for (let candidate = this.#next(); candidate !== undefined; candidate = this.#next()) {
      if (candidate === '--') {
        this.#rest.push(...this.#argv.slice(this.#index))
        break
      }
      const argument = this.#asMeant(candidate)
      if (isLong(argument)) this.#readLong(argument)
      else if (isShort(argument)) this.#readShort(argument)
      else this.#rest.push(argument)
    }
    const [rest, notices] = [this.#rest, this.#notices]
    return new GivenOptions(this.#options, { arguments: this.#arguments, rest, notices })
  }

  #next(): string | undefined {
    return this.#argv[this.#index++]
  }

  #asMeant(candidate: string): string {
    const { argument, notice } = readDash(candidate, name => this.#find(name) !== undefined)
    if (notice !== undefined) this.#notices.push(notice)
    return argument
  }

  #find(name: string): Option | undefined {
    return Object.hasOwn(this.#options, name) ? this.#options[name] : undefined
  }

  #readLong(argument: string): void {
    const [name, value] = splitAtEquals(argument.slice(2))
    const option = this.#find(name)
    if (option === undefined) throw unrecognized(name)
    this.#take(name, option, value)
  }

  /** `-name` is taken for an option of that name before its letters are taken one by one. */
  #readShort(argument: string): void {
    const [name, value] = splitAtEquals(argument.slice(1))
    const option = this.#find(name)
    if (option !== undefined) this.#take(name, option, value)
    else this.#readCluster(argument.slice(1))
  }

  #readCluster(letters: string): void {
    this.#ensureLetters(letters)
    for (let index = 0; index < letters.length; index++) {
      const letter = letters.charAt(index)
      const option = this.#find(letter)
      if (option === undefined) return
      const after = letters.slice(index + 1)
      if (option.argument !== 'none' && after !== '') {
        this.#take(letter, option, after)
        return
      }
      this.#take(letter, option, undefined)
    }
  }

  #ensureLetters(letters: string): void {
    for (const letter of letters) {
      const option = this.#find(letter)
      if (option === undefined) throw unrecognized(letter)
      if (option.argument !== 'none') return
    }
  }

  #take(name: string, option: Option, value: string | undefined): void {
    if (option.argument === 'none') this.#add(name, [])
    else if (value !== undefined) this.#addArgument(name, option, value)
    else if (option.argument === 'required') this.#takeRequired(name, option)
    else this.#takeOptional(name, option)
  }

  #takeRequired(name: string, option: Option): void {
    const argument = this.#next()
    if (argument === undefined) {
      throw new OptionError(
        'OptionMissingRequiredArgumentException',
        `Option ${name} requires an argument`,
      )
    }
    this.#addArgument(name, option, argument)
  }

  /** The next argument belongs to the option unless it looks like an option itself. */
  #takeOptional(name: string, option: Option): void {
    const next = this.#argv[this.#index]
    if (next === undefined || !this.#fits(next, option)) {
      this.#add(name, [])
      return
    }
    this.#index++
    this.#addArgument(name, option, next)
  }

  #fits(argument: string, option: Option): boolean {
    const meant = readDash(argument, name => this.#find(name) !== undefined).argument
    const looksLikeOption = isLong(meant) || isShort(meant)
    if (looksLikeOption && !option.type.isNumber) return false
    // No part of an empty argument is wrong; that it is none shows when it is asked for.
    return argument === '' || option.type.convert(argument) !== undefined
  }

  #addArgument(name: string, option: Option, argument: string): void {
    const { separator } = option
    const parts =
      separator === undefined ? [] : argument.split(separator).filter(part => part !== '')
    this.#add(name, parts.length === 0 ? [argument] : parts)
  }

  #add(name: string, values: readonly string[]): void {
    const known = this.#arguments.get(name)
    if (known === undefined) this.#arguments.set(name, [...values])
    else known.push(...values)
  }
}

const isLong = (argument: string) => argument.startsWith('--') && argument !== '--'
const isShort = (argument: string) =>
  argument.startsWith('-') && argument !== '-' && !isLong(argument)

function splitAtEquals(argument: string): readonly [name: string, value: string | undefined] {
  const equals = argument.indexOf('=')
  return equals < 0
    ? [argument, undefined]
    : [argument.slice(0, equals), argument.slice(equals + 1)]
}

function unrecognized(name: string): OptionError {
  return new OptionError('UnrecognizedOptionException', `${name} is not a recognized option`)
}

function ensureRequired<O extends Options>(options: O, given: GivenOptions<O>): void {
  const names = Object.keys(options)
  if (names.some(name => options[name]?.isForHelp === true && given.has(name))) return
  const missing = names.filter(name => {
    const option = options[name]
    if (option === undefined || given.has(name)) return false
    const { isRequired, requiredUnless } = option
    return isRequired || (requiredUnless.length > 0 && !requiredUnless.some(one => given.has(one)))
  })
  if (missing.length === 0) return
  const message = `Missing required option(s) [${missing.join(', ')}]`
  throw new OptionError('MissingRequiredOptionsException', message)
}

function ensureAvailable<O extends Options>(options: O, given: GivenOptions<O>): void {
  const names = Object.keys(options)
  if (names.some(name => options[name]?.isForHelp === true && given.has(name))) return
  const forbidden = names.filter(name => {
    const needed = options[name]?.availableIf ?? []
    return given.has(name) && needed.length > 0 && !needed.some(one => given.has(one))
  })
  if (forbidden.length === 0) return
  const list = `[${forbidden.join(', ')}]`
  const message = `Option(s) ${list} are unavailable given other options on the command line`
  throw new OptionError('UnavailableOptionException', message)
}
