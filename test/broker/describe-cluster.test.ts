import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import * as P from '../../src/protocol/index.ts'
import { startBroker } from '../../src/testing/index.ts'
import { RawClient } from './raw-client.ts'

const call = [P.DescribeClusterRequest, P.DescribeClusterResponse] as const
const ask = (endpointType: number) => ({ endpointType, includeClusterAuthorizedOperations: false })

test('who looks for the endpoints of controllers is told that this is a broker', async () => {
  await using broker = await startBroker()
  await using client = await RawClient.open(broker.port)

  const brokers = await client.request(call, 1, ask(1))
  const controllers = await client.request(call, 1, ask(2))
  const unknown = await client.request(call, 1, ask(3))

  assert.equal(brokers.brokers.length, 1)
  assert.equal(controllers.errorCode, P.ErrorCode.MISMATCHED_ENDPOINT_TYPE)
  assert.equal(unknown.errorCode, P.ErrorCode.UNSUPPORTED_ENDPOINT_TYPE)
})
