/** Paths of znodes: what makes one valid, and their parts (ZooKeeper's `PathUtils`). */

export const ROOT = '/'
export const SYSTEM_PATH = '/zookeeper'
export const CONFIG_PATH = '/zookeeper/config'
export const QUOTA_PATH = '/zookeeper/quota'

const specialPaths: ReadonlySet<string> = new Set([ROOT, SYSTEM_PATH, QUOTA_PATH, CONFIG_PATH])

/** Nodes that every server has and nobody may delete. */
export function isSpecialPath(path: string): boolean {
  return specialPaths.has(path)
}

/** The parent of an absolute path; the root is its own parent. */
export function parentOf(path: string): string {
  const lastSlash = path.lastIndexOf('/')
  return lastSlash <= 0 ? ROOT : path.slice(0, lastSlash)
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

export function childPath(parent: string, name: string): string {
  return parent === ROOT ? ROOT + name : `${parent}/${name}`
}

/** Why `path` cannot name a node, or undefined when it can. */
export function whyInvalidPath(path: string): string | undefined {
  if (path.length === 0) return 'Path length must be > 0'
  if (!path.startsWith('/')) return 'Path must start with / character'
  if (path.length === 1) return undefined
  if (path.endsWith('/')) return 'Path must not end with / character'
  for (let i = 1; i < path.length; i++) {
    const reason = whyInvalidAt(path, i)
    if (reason !== undefined) return `${reason} @${i}`
  }
  return undefined
}

export function isValidPath(path: string): boolean {
  return whyInvalidPath(path) === undefined
}

function whyInvalidAt(path: string, i: number): string | undefined {
  const code = path.charCodeAt(i)
  if (code === 0) return 'null character not allowed'
  if (code === SLASH && path.charCodeAt(i - 1) === SLASH) return 'empty node name specified'
  if (code === DOT) return isRelativeName(path, i) ? 'relative paths not allowed' : undefined
  return isForbidden(code) ? 'invalid character' : undefined
}

/** True at the last dot of a name that is `.` or `..`. */
function isRelativeName(path: string, i: number): boolean {
  if (i + 1 < path.length && path.charCodeAt(i + 1) !== SLASH) return false
  const before = path.charCodeAt(i - 1)
  return before === SLASH || (before === DOT && path.charCodeAt(i - 2) === SLASH)
}

/** Control characters, surrogates, private use and specials, in UTF-16 as Java sees them. */
function isForbidden(code: number): boolean {
  return (
    code <= 0x1f ||
    (code >= 0x7f && code <= 0x9f) ||
    (code >= 0xd800 && code <= 0xf8ff) ||
    code >= 0xfff0
  )
}

const SLASH = 0x2f
const DOT = 0x2e
