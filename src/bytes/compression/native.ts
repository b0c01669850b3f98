import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const loaded = new Map<string, unknown>()

/**
 * Loads a compression package at its first use: each costs 5 to 10 ms, and most processes need none.
 *
 * @throws Error that names the package, when it is not there for this platform
 */
export function native(packageName: string): unknown {
  let library = loaded.get(packageName)
  if (library === undefined) {
    try {
      library = require(packageName)
    } catch (cause) {
      throw new CodecUnavailableError(packageName, cause)
    }
    loaded.set(packageName, library)
  }
  return library
}

/** A codec's package is missing on this platform: no fault of the bytes. */
export class CodecUnavailableError extends Error {
  override readonly name = 'CodecUnavailableError'
  readonly code = 'CODEC_UNAVAILABLE'

  constructor(packageName: string, cause: unknown) {
    super(`${packageName} cannot be loaded on ${process.platform} ${process.arch}`, { cause })
  }
}
