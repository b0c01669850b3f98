import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  FetchRequest,
  JoinGroupResponse,
  MetadataRequest,
  OffsetFetchRequest,
} from './messages/index.ts'
import { allowsNull, fieldsIn, hasField, type VersionTest } from './presence.ts'

const versionsOf = (isIn: VersionTest): number[] =>
  Array.from({ length: 20 }, (_, version) => version).filter(isIn)

test('a field is there in the versions that its description names, last included', () => {
  const byName = hasField(FetchRequest, 'topics.topic')
  const byId = hasField(FetchRequest, 'topics.topicId')

  assert.deepEqual([byName(0), byName(12), byName(13)], [true, true, false])
  assert.deepEqual([byId(0), byId(12), byId(13)], [false, false, true])
})

test('a field of a struct is there only where the struct is', () => {
  assert.deepEqual(
    versionsOf(hasField(OffsetFetchRequest, 'topics.name')),
    [0, 1, 2, 3, 4, 5, 6, 7],
  )
  assert.equal(hasField(OffsetFetchRequest, 'groups.topics.name')(7), false)
  assert.equal(hasField(OffsetFetchRequest, 'groups.topics.name')(8), true)
})

test('null has versions of its own', () => {
  const mayBeNull = allowsNull(JoinGroupResponse, 'protocolName')

  assert.deepEqual([mayBeNull(6), mayBeNull(7)], [false, true])
  assert.equal(allowsNull(OffsetFetchRequest, 'topics')(9), false, 'gone since 8')
})

test('what a version lacks is left out, and only that', () => {
  const values = {
    topics: [],
    allowAutoTopicCreation: false,
    includeTopicAuthorizedOperations: true,
  }

  assert.deepEqual(fieldsIn(MetadataRequest, 3, values), { topics: [] })
  assert.deepEqual(fieldsIn(MetadataRequest, 8, values), values)
})

test('a path that leads nowhere is a mistake of the programme', () => {
  // @ts-expect-error the type knows it as well
  assert.throws(() => hasField(FetchRequest, 'topics.nothing'), /FetchRequest has no field/)
})
