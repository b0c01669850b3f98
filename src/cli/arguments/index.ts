/** Reading command lines as jopt-simple and argparse4j do. See README.md. */
export {
  doubleArgument,
  integerArgument,
  listArgument,
  longArgument,
  repeatedArgument,
  shortArgument,
  switchArgument,
  textArgument,
  versionArgument,
  type Argument,
  type Arguments,
  type Group,
} from './argparse/argument.ts'
export { argumentError, parseArguments, type GivenArguments } from './argparse/parser.ts'
export { programLevel, type Command, type Program } from './argparse/program.ts'
export { helpText, usageText } from './argparse/usage.ts'
export {
  ArgumentError,
  HelpRequested,
  OptionError,
  UsageError,
  VersionRequested,
  type OptionErrorKind,
} from './errors.ts'
export {
  helpOrVersion,
  mergeOption,
  parseKeyValues,
  refuse,
  refuseCombination,
  refuseTogether,
  requireOneAction,
  requireOptions,
} from './jopt/checks.ts'
export { GivenOptions } from './jopt/given-options.ts'
export {
  argumentOf,
  boolean,
  double,
  flag,
  helpFlag,
  integer,
  long,
  standardOptions,
  text,
  type Option,
  type Options,
} from './jopt/option.ts'
export { parseOptions } from './jopt/parser.ts'
export { usageOf } from './jopt/usage.ts'
export { stringType, type ValueType } from './value-types.ts'
