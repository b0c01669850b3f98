/**
 * Lab sheets are typeset: their `–bootstrap-server` begins with an en dash. In front of a known
 * option it is read as `--`, because no argument legitimately begins so; genuine tools refuse it.
 */

export interface DashReading {
  readonly argument: string
  /** One line for stderr; `undefined` when nothing was read differently. */
  readonly notice: string | undefined
}

/** The argument as it is meant. `isKnown` is asked with the name behind the dashes. */
export function readDash(argument: string, isKnown: (name: string) => boolean): DashReading {
  const match = /^-*[\u2013\u2014][-\u2013\u2014]*([^=]*)(=.*)?$/su.exec(argument)
  const name = match?.[1] ?? ''
  if (name === '' || !isKnown(name)) return { argument, notice: undefined }
  const meant = `--${name}`
  return {
    argument: `${meant}${match?.[2] ?? ''}`,
    notice: `Reading ${argument.slice(0, argument.length - (match?.[2] ?? '').length)} as ${meant}`,
  }
}
