import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProtocolError, Reader, Writer } from '../bytes/index.ts'
import {
  ApiKey,
  readRequestHeader,
  readResponseHeader,
  requestHeaderVersion,
  responseHeaderVersion,
  writeRequestHeader,
  writeResponseHeader,
} from './index.ts'

test('a request header ends where the body begins, also with unknown tags', () => {
  const frame = Buffer.from('0003000c000000070001780105010f' + 'aa', 'hex')
  const reader = new Reader(frame)

  const header = readRequestHeader(reader)

  assert.deepEqual(header, {
    requestApiKey: ApiKey.Metadata,
    requestApiVersion: 12,
    correlationId: 7,
    clientId: 'x',
  })
  assert.equal(reader.remaining, 1)
})

test('the client id keeps its int16 length in flexible versions', () => {
  const writer = new Writer()

  writeRequestHeader(writer, {
    requestApiKey: ApiKey.Metadata,
    requestApiVersion: 9,
    correlationId: 1,
    clientId: null,
  })

  assert.equal(writer.finish().toString('hex'), '0003000900000001ffff00')
})

test('ControlledShutdown v0 alone has no client id', () => {
  const writer = new Writer()

  writeRequestHeader(writer, {
    requestApiKey: ApiKey.ControlledShutdown,
    requestApiVersion: 0,
    correlationId: 1,
    clientId: 'controller',
  })

  assert.equal(requestHeaderVersion(ApiKey.ControlledShutdown, 0), 0)
  assert.equal(writer.finish().toString('hex'), '0007000000000001')
})

test('the response to ApiVersions keeps its first header in all versions', () => {
  assert.equal(requestHeaderVersion(ApiKey.ApiVersions, 3), 2)
  assert.equal(requestHeaderVersion(ApiKey.ApiVersions, 99), 2)
  assert.equal(responseHeaderVersion(ApiKey.ApiVersions, 4), 0)
  assert.equal(responseHeaderVersion(ApiKey.Metadata, 8), 0)
  assert.equal(responseHeaderVersion(ApiKey.Metadata, 9), 1)
})

test('a response header answers the request whose header it is given', () => {
  const writer = new Writer()
  const request = { requestApiKey: 1, requestApiVersion: 12, correlationId: 9, clientId: null }

  writeResponseHeader(writer, request)

  const bytes = writer.finish()
  assert.equal(bytes.toString('hex'), '0000000900')
  assert.deepEqual(readResponseHeader(new Reader(bytes), 1, 12), { correlationId: 9 })
})

test('an API key without description is refused before the rest is looked at', () => {
  assert.throws(() => readRequestHeader(new Reader(Buffer.from('03e70000', 'hex'))), {
    name: 'ProtocolError',
    message: 'API key 999 is not served',
  })
  assert.throws(() => readRequestHeader(new Reader(Buffer.from('0003', 'hex'))), ProtocolError)
})
