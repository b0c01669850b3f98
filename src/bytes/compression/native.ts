import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const loaded = new Map<string, unknown>()

/**
 * Loads a compression package at its first use: each costs 5 to 10 ms, and most processes need none.
 *
 * @throws CodecUnavailableError when the package is not there for this platform
 */
export function native(packageName: string): unknown {
  if (!loaded.has(packageName)) loaded.set(packageName, load(packageName))
  const library = loaded.get(packageName)
  if (library instanceof CodecUnavailableError) throw library
  return library
}

function load(packageName: string): unknown {
  try {
    return require(packageName)
  } catch (cause) {
    return new CodecUnavailableError(packageName, cause)
  }
}

/** A codec's package is missing on this platform: no fault of the bytes. */
export class CodecUnavailableError extends Error {
  override readonly name = 'CodecUnavailableError'
  readonly code = 'CODEC_UNAVAILABLE'

  constructor(packageName: string, cause: unknown) {
    super(`${packageName} cannot be loaded on ${process.platform} ${process.arch}`, { cause })
  }
}
