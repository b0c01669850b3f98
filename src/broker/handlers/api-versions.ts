import { ApiVersionsRequest, ApiVersionsResponse, ErrorCode } from '../../protocol/index.ts'
import { handler, type Handler } from '../handler.ts'
import { namesSoftware } from '../old-versions.ts'
import { advertisedVersions, servedApis } from '../served-versions.ts'

/** What client software may call itself (KIP-511). */
const SOFTWARE = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/

/** ApiVersions (18): the keys that are served, each with its whole range. Anybody may ask. */
export function apiVersions(): Handler {
  return handler(ApiVersionsRequest, ApiVersionsResponse, (body, caller) => {
    const isNamed = namesSoftware(caller.header.requestApiVersion)
    const isNameLegal =
      SOFTWARE.test(body.clientSoftwareName) && SOFTWARE.test(body.clientSoftwareVersion)
    if (isNamed && !isNameLegal) return { errorCode: ErrorCode.INVALID_REQUEST, apiKeys: [] }
    return {
      errorCode: ErrorCode.NONE,
      apiKeys: servedApis.map(api => {
        const [minVersion, maxVersion] = advertisedVersions(api)
        return { apiKey: api.key, minVersion, maxVersion }
      }),
      finalizedFeaturesEpoch: 0,
    }
  })
}
