/** Command lines that argparse4j reads: what is refused goes to stderr, help to stdout. */
import { ArgumentError, HelpRequested } from './arguments/index.ts'
import type { ToolEnvironment } from './tool.ts'

/** @returns what was read, or the exit code when there is nothing to do any more */
export function readCommandLine<Given extends { readonly notices: readonly string[] }>(
  { terminal: { stdout, stderr } }: ToolEnvironment,
  read: () => Given,
  { helpCode = 1 }: { /** What help ends with. */ readonly helpCode?: number } = {},
): Given | number {
  try {
    const given = read()
    for (const notice of given.notices) stderr.write(`${notice}\n`)
    return given
  } catch (error) {
    if (error instanceof HelpRequested) {
      stdout.write(error.text)
      return helpCode
    }
    if (!(error instanceof ArgumentError)) throw error
    stderr.write(error.text)
    return 1
  }
}
