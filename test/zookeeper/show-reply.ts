/** Answers of the scenarios in words. */
import { Reader } from '../../src/bytes/index.ts'
import {
  GetChildren2Response,
  GetDataResponse,
  OpCode,
  PathResponse,
  readRecord,
  StatResponse,
  type Stat,
} from '../../src/zookeeper/wire/index.ts'

export function showReply(type: number, body: Buffer, owner: (id: bigint) => string): string {
  if (body.length === 0) return ''
  const reader = new Reader(body)
  const showStat = (stat: Stat): string =>
    [
      `czxid=${stat.czxid}`,
      `mzxid=${stat.mzxid}`,
      `pzxid=${stat.pzxid}`,
      `version=${stat.version}`,
      `cversion=${stat.cversion}`,
      `children=${stat.numChildren}`,
      ...(stat.ephemeralOwner === 0n ? [] : [`owner=${owner(stat.ephemeralOwner)}`]),
    ].join(' ')
  switch (type) {
    case OpCode.create:
      return readRecord(PathResponse, reader).path ?? ''
    case OpCode.getData: {
      const { data, stat } = readRecord(GetDataResponse, reader)
      return `"${data?.toString() ?? ''}" ${showStat(stat)}`
    }
    case OpCode.getChildren2: {
      const { children } = readRecord(GetChildren2Response, reader)
      return `[${children.join(' ')}]`
    }
    default:
      return showStat(readRecord(StatResponse, reader).stat)
  }
}
