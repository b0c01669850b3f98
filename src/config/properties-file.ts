/**
 * `.properties` files as Java reads them: `#` and `!` comments, `=`, `:` or a blank between name
 * and value, lines that go on after a backslash, \uXXXX. A name given twice has its last value.
 */
import { getProperties } from 'properties-file'
import type { Given } from './config.ts'
import { ConfigError } from './config-error.ts'

/**
 * Reads the bytes of a file, which Java takes for ISO-8859-1. `fileName` is named in errors.
 *
 * @throws ConfigError for a \u that four hexadecimal digits do not follow.
 */
export function parsePropertiesFile(bytes: Uint8Array, fileName: string): Given {
  return parseProperties(Buffer.from(bytes).toString('latin1'), fileName)
}

/** The same for text that is already decoded. */
export function parseProperties(text: string, fileName: string): Given {
  try {
    return new Map(Object.entries(getProperties(text)))
  } catch (error) {
    throw new ConfigError(`${fileName} cannot be read: Malformed \\uxxxx encoding.`, {
      remedy: 'Write four hexadecimal digits after \\u, and \\\\ for a backslash.',
      cause: error,
    })
  }
}
