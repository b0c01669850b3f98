/** Names of the files in `version-2`: `log.` and `snapshot.`, then a zxid in hexadecimal. */

export type FileKind = 'log' | 'snapshot'

/** The folder below dataDir and dataLogDir that holds the files. */
export const VERSION_FOLDER = 'version-2'

/** The first zxid of a log, or the one that a snapshot began at. */
export interface ZxidFile {
  readonly name: string
  readonly zxid: bigint
}

export function fileName(kind: FileKind, zxid: bigint): string {
  return `${kind}.${hexOf(zxid)}`
}

/** A zxid or session id as Java's `Long.toHexString` shows it. */
export function hexOf(value: bigint): string {
  return BigInt.asUintN(64, value).toString(16)
}

/** The files of a kind among `names`, by rising zxid. Other names are passed over. */
export function filesOf(kind: FileKind, names: readonly string[]): ZxidFile[] {
  const files: ZxidFile[] = []
  for (const name of names) {
    const [prefix, hex = '', ...rest] = name.split('.')
    if (prefix !== kind || rest.length > 0 || !/^[0-9a-f]{1,15}$|^[0-7][0-9a-f]{15}$/i.test(hex)) {
      continue
    }
    files.push({ name, zxid: BigInt(`0x${hex}`) })
  }
  return files.sort((left, right) => (left.zxid < right.zxid ? -1 : 1))
}

/** The logs that may hold transactions after `zxid`: the last that began by then, and all later ones. */
export function logsAfter(zxid: bigint, logs: readonly ZxidFile[]): ZxidFile[] {
  const first = logs.findLastIndex(log => log.zxid <= zxid + 1n)
  return logs.slice(Math.max(first, 0))
}
