/** One line a file: this is how the table of APIs, the header codecs and the tests learn of it. */
export { ApiVersionsRequest, ApiVersionsResponse } from './api-versions.ts'
export { FetchRequest, FetchResponse } from './fetch.ts'
export { MetadataRequest, MetadataResponse } from './metadata.ts'
export { ProduceRequest, ProduceResponse } from './produce.ts'
