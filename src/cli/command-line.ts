/** Command lines that argparse4j reads: what is refused goes to stderr, help to stdout, and both end with 1. */
import { ArgumentError, HelpRequested } from './arguments/index.ts'
import type { ToolEnvironment } from './tool.ts'

/** @returns what was read, or the exit code when there is nothing to do any more */
export function readCommandLine<Given extends { readonly notices: readonly string[] }>(
  { terminal: { stdout, stderr } }: ToolEnvironment,
  read: () => Given,
): Given | number {
  try {
    const given = read()
    for (const notice of given.notices) stderr.write(`${notice}\n`)
    return given
  } catch (error) {
    if (error instanceof HelpRequested) stdout.write(error.text)
    else if (error instanceof ArgumentError) stderr.write(error.text)
    else throw error
    return 1
  }
}
