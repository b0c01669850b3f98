/** What a command line gave. Arguments are converted when they are asked for. */
import { OptionError } from '../errors.ts'
import type { Option, Options } from './option.ts'

type ArgumentOf<O> = O extends Option<infer T> ? T : never
type AbsentOf<O> = O extends Option<unknown, infer A> ? A : never

export class GivenOptions<O extends Options> {
  readonly options: O
  /** Arguments that belong to no option, in order. */
  readonly rest: readonly string[]
  /** Lines for stderr about what was read differently than it stands. */
  readonly notices: readonly string[]
  readonly #arguments: ReadonlyMap<string, readonly string[]>

  constructor(
    options: O,
    given: {
      readonly arguments: ReadonlyMap<string, readonly string[]>
      readonly rest: readonly string[]
      readonly notices: readonly string[]
    },
  ) {
    this.options = options
    this.#arguments = given.arguments
    this.rest = given.rest
    this.notices = given.notices
  }

  /** Whether the option stands on the command line, with or without an argument. */
  has(name: keyof O & string): boolean {
    return this.#arguments.has(name)
  }

  /** Whether it stands there with an argument. */
  hasArgument(name: keyof O & string): boolean {
    return (this.#arguments.get(name) ?? []).length > 0
  }

  /** Whether nothing at all was given. */
  get isEmpty(): boolean {
    return this.#arguments.size === 0 && this.rest.length === 0
  }

  /**
   * The only argument, or the default.
   *
   * @throws OptionError when there are several, or it is not of its type.
   */
  value<N extends keyof O & string>(name: N): ArgumentOf<O[N]> | AbsentOf<O[N]> {
    const values = this.values(name)
    if (values.length > 1) {
      throw new OptionError(
        'MultipleArgumentsForOptionException',
        `Found multiple arguments for option ${name}, but you asked for only one`,
      )
    }
    return (values[0] ?? null) as ArgumentOf<O[N]> | AbsentOf<O[N]>
  }

  /**
   * All arguments in order, or the defaults.
   *
   * @throws OptionError for one that is not of its type.
   */
  values<N extends keyof O & string>(name: N): readonly ArgumentOf<O[N]>[] {
    const option = this.options[name] as Option
    const given = this.#arguments.get(name) ?? []
    const values =
      given.length === 0 ? option.defaults : given.map(one => convert(name, option, one))
    return values as readonly ArgumentOf<O[N]>[]
  }
}

function convert(name: string, option: Option, argument: string): unknown {
  const value = option.type.convert(argument)
  if (value !== undefined) return value
  throw new OptionError(
    'OptionArgumentConversionException',
    `Cannot parse argument '${argument}' of option ${name}`,
  )
}
