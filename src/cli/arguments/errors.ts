/** How reading a command line ends when it does not go on. */

/** Kinds of refusals of jopt-simple by the name of their Java class, which some tools print. */
export type OptionErrorKind =
  | 'UnrecognizedOptionException'
  | 'OptionMissingRequiredArgumentException'
  | 'OptionArgumentConversionException'
  | 'MultipleArgumentsForOptionException'
  | 'MissingRequiredOptionsException'
  | 'UnavailableOptionException'

/** A command line that jopt-simple refuses, in its words; what is printed besides is the tool's. */
export class OptionError extends Error {
  override readonly name: string = 'OptionError'
  readonly code = 'OPTION_ERROR'
  readonly kind: OptionErrorKind

  constructor(kind: OptionErrorKind, message: string) {
    super(message)
    this.kind = kind
  }

  /** As a Java tool prints it: the class, then the message. */
  get javaText(): string {
    return `joptsimple.${this.kind}: ${this.message}`
  }
}

/** A command that makes no sense as a whole: message and usage go to stderr, the exit code is 1. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
  readonly code = 'USAGE_ERROR'
  /** The usage text, with a line end. */
  readonly usage: string
  readonly exitCode = 1

  constructor(message: string, usage: string) {
    super(message)
    this.usage = usage
  }

  /** What is printed to stderr. */
  get text(): string {
    return `${this.message}\n${this.usage}`
  }
}

/** `--version`: the version goes to stdout, the exit code is 0. */
export class VersionRequested extends Error {
  override readonly name: string = 'VersionRequested'
  readonly code = 'VERSION_REQUESTED'
}

/** A command line that argparse4j refuses: `text` goes to stderr, the exit code is 1. */
export class ArgumentError extends Error {
  override readonly name: string = 'ArgumentError'
  readonly code = 'ARGUMENT_ERROR'
  /** Usage, the sentence with the program's name, and what may have been meant. */
  readonly text: string

  constructor(message: string, text: string) {
    super(message)
    this.text = text
  }
}

/** `--help` of argparse4j: `text` goes to stdout; the exit code is the tool's affair (0 or 1). */
export class HelpRequested extends Error {
  override readonly name: string = 'HelpRequested'
  readonly code = 'HELP_REQUESTED'
  readonly text: string

  constructor(text: string) {
    super('help was asked for')
    this.text = text
  }
}
