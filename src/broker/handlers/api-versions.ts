import { apis, ApiVersionsRequest, ApiVersionsResponse, ErrorCode } from '../../protocol/index.ts'
import { handler, type Handler } from '../handler.ts'

/** What client software may call itself (KIP-511). */
const SOFTWARE = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/
/** Below this version a client does not name its software. */
const NAMES_SOFTWARE = 3

/** ApiVersions (18): the keys that are served, each with its whole range. Anybody may ask. */
export function apiVersions(): Handler {
  return handler(ApiVersionsRequest, ApiVersionsResponse, (body, caller) => {
    const isNamed = caller.header.requestApiVersion >= NAMES_SOFTWARE
    const isNameLegal =
      SOFTWARE.test(body.clientSoftwareName) && SOFTWARE.test(body.clientSoftwareVersion)
    if (isNamed && !isNameLegal) return { errorCode: ErrorCode.INVALID_REQUEST, apiKeys: [] }
    return {
      errorCode: ErrorCode.NONE,
      apiKeys: apis.map(({ key, advertised: [minVersion, maxVersion] }) => ({
        apiKey: key,
        minVersion,
        maxVersion,
      })),
      finalizedFeaturesEpoch: 0,
    }
  })
}
