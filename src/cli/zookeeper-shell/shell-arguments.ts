/** Words of the ZooKeeper shell: its own options, and the lines that are typed into it. */

export interface ShellArguments {
  readonly server: string
  readonly timeoutMs: number
  /** What to do instead of reading lines. */
  readonly command: readonly string[] | undefined
  /** Why the rest was not read. */
  readonly problem: string | undefined
  /** An option that would change what is done, and cannot be honoured yet (TLS, read-only sessions). */
  readonly unsupported: string | undefined
}

const valued: readonly string[] = ['-server', '-timeout']
/** The shell always waits for a connection. */
const always = '-waitforconnection'

/** Options up to the first word that is none, with which the command begins. */
export function readShellArguments(argv: readonly string[]): ShellArguments {
  const options = new Map<string, string>([
    ['-server', 'localhost:2181'],
    ['-timeout', '30000'],
  ])
  let command: readonly string[] | undefined
  let problem: string | undefined
  let unsupported: string | undefined
  for (let at = 0; at < argv.length && command === undefined; at += 1) {
    const word = argv[at] ?? ''
    if (!word.startsWith('-')) command = argv.slice(at)
    else if (valued.includes(word)) {
      const value = argv[(at += 1)]
      if (value !== undefined) options.set(word, value)
      else problem = `Error: no argument found for option ${word}`
    } else if (word !== always) unsupported = word
  }
  return {
    server: options.get('-server') ?? '',
    timeoutMs: Number(options.get('-timeout')),
    command,
    problem,
    unsupported,
  }
}

/** Blanks part words; quotes around a word hold its blanks and are taken off. */
export function wordsOf(line: string): string[] {
  const words = Array.from(
    line.matchAll(/\s*([^"']\S*|"[^"]*"|'[^']*')\s*/g),
    match => match[1] ?? '',
  )
  return words.map(word => word.replace(/^(['"])(.*)\1$/s, '$2'))
}
