/** A program or subcommand whose command line is read as argparse4j reads it. */
import type { Argument, Arguments, Group } from './argument.ts'
import { helpArgument } from './argument.ts'

export interface Program {
  /** The name in usage and error texts, which is not always that of the script. */
  readonly name: string
  readonly description: string
  readonly arguments: Arguments
  /** By name; with them, one must be chosen. */
  readonly commands?: Readonly<Record<string, Command>>
  /** What stands above the commands in the help text. */
  readonly commandsTitle?: string
  /** Whether help texts show defaults. */
  readonly showsDefaults?: boolean
}

export interface Command {
  readonly description: string
  readonly help: string
  readonly arguments: Arguments
}

/** One level of a command line: the program, or a command of it. */
export interface Level {
  readonly program: Program
  /** The name of the command; `undefined` for the program itself. */
  readonly command: string | undefined
  readonly description: string
  /** Names and arguments, `--help` first. */
  readonly options: readonly (readonly [name: string, argument: Argument])[]
  readonly positionals: readonly (readonly [name: string, argument: Argument])[]
  readonly groups: readonly Group[]
}

export function programLevel(program: Program): Level {
  return level(program, undefined, program.description, program.arguments)
}

export function commandLevel(program: Program, name: string, command: Command): Level {
  return level(program, name, command.description, command.arguments)
}

function level(
  program: Program,
  command: string | undefined,
  description: string,
  named: Arguments,
): Level {
  const all = [['help', helpArgument] as const, ...Object.entries(named)]
  const groups = all.flatMap(([, { group }]) => (group === undefined ? [] : [group]))
  return {
    program,
    command,
    description,
    options: all.filter(([, argument]) => argument.flags.length > 0),
    positionals: all.filter(([, argument]) => argument.flags.length === 0),
    groups: [...new Set(groups)],
  }
}
