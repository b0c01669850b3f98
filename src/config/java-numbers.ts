/**
 * Numbers as Java reads and writes them, because configuration values travel as text: a value that
 * Kafka takes must be taken here, one that it refuses refused, and both must print the same.
 */

/** Long.MAX_VALUE: Kafka's way to say "no limit". */
export const LONG_MAX = 9223372036854775807n
/** Integer.MAX_VALUE. */
export const INT_MAX = 2147483647
/** Double.MAX_VALUE. */
export const DOUBLE_MAX = Number.MAX_VALUE

const ranges = {
  SHORT: [-32768n, 32767n],
  INT: [-2147483648n, 2147483647n],
  LONG: [-9223372036854775808n, LONG_MAX],
} as const

/** What Integer.parseInt and its kin take: a sign and digits, in range. `undefined` = refused. */
export function parseJavaInteger(text: string, type: keyof typeof ranges): bigint | undefined {
  // No number of 19 digits needs more; a longer one (leading zeros aside) is out of every range.
  if (!/^[+-]?0*[0-9]{1,19}$/.test(text)) return undefined
  const value = BigInt(text.replace(/^\+/, ''))
  const [min, max] = ranges[type]
  return value < min || value > max ? undefined : value
}

const javaDouble = /^[+-]?(NaN|Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[fFdD]?$/

/** What Double.parseDouble takes, hexadecimal floats excepted. `undefined` = refused. */
export function parseJavaDouble(text: string): number | undefined {
  const match = javaDouble.exec(text)
  if (match === null) return undefined
  const digits = match[1] ?? ''
  // `1f` and `NaN` + suffix: Java takes a type suffix after a number only.
  if (/^(NaN|Infinity)$/.test(digits)) {
    if (/[fFdD]$/.test(text)) return undefined
    return digits === 'NaN' ? NaN : text.startsWith('-') ? -Infinity : Infinity
  }
  return Number(digits) * (text.startsWith('-') ? -1 : 1)
}
