import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readUpdates, type FeatureOperation } from './feature-updates.ts'
import { metadataLevel, metadataVersionText } from './metadata-versions.ts'

test('features are read with their levels, the metadata by the name of a version', () => {
  const updates = readUpdates('downgrade', {
    metadata: '3.3',
    feature: ['group.version = 1'],
    unsafe: true,
  })

  assert.deepEqual(Object.fromEntries(updates), {
    'metadata.version': { maxVersionLevel: 7, upgradeType: 'UNSAFE_DOWNGRADE' },
    'group.version': { maxVersionLevel: 1, upgradeType: 'UNSAFE_DOWNGRADE' },
  })
})

test('to disable a feature is to lower it to 0', () => {
  const updates = readUpdates('disable', { feature: ['group.version'] })

  assert.deepEqual(updates.get('group.version'), {
    maxVersionLevel: 0,
    upgradeType: 'SAFE_DOWNGRADE',
  })
})

test('versions have levels as in Kafka 3.9: short names mean the newest that is finished', () => {
  assert.deepEqual(
    ['3.9', '3.9.2', '3.0', '3.5-IV1', '4.0-IV1', '3.9-IV0.7'].map(metadataLevel),
    [21, 21, 1, 10, 23, 21],
  )
  assert.deepEqual([1, 21, 0, 99].map(metadataVersionText), [
    '3.0-IV1',
    '3.9-IV0',
    'UNKNOWN 0',
    'UNKNOWN 99',
  ])
})

const refusals: readonly (readonly [FeatureOperation, string[], message: string])[] = [
  ['upgrade', [], 'You must specify at least one feature to upgrade'],
  ['upgrade', ['a'], "Can't parse feature=level string a: equals sign not found."],
  ['upgrade', ['a=x'], "Can't parse feature=level string a=x: unable to parse x as a short."],
  ['downgrade', ['a=-1'], 'Cannot specify a negative version level.'],
  ['disable', ['a', 'a'], 'Feature a was specified more than once.'],
  [
    'upgrade',
    ['a=0'],
    'The upgradeType flag should be set to SAFE_DOWNGRADE or UNSAFE_DOWNGRADE when the provided ' +
      'maxVersionLevel:0 is < 1.',
  ],
]
for (const [operation, feature, message] of refusals) {
  test(`${operation} of [${feature.join(' ')}] is refused in Kafka's words`, () => {
    assert.throws(() => readUpdates(operation, { feature }), { message })
  })
}

test('a version of before there were levels is known, and has none', () => {
  assert.throws(() => readUpdates('upgrade', { metadata: '2.8', feature: null }), {
    message: 'Cannot specify a negative version level.',
  })
})

for (const version of ['9.9', '2.8-IV5', '4.0', '3.9-IV1']) {
  test(`the version ${version} is unknown, and those that can be used are named`, () => {
    assert.throws(
      () => metadataLevel(version),
      new RegExp(
        `^PlainError: Unsupported metadata.version ${version}. Supported metadata.version are ` +
          '3.3-IV0, 3.3-IV1, .* 3.8-IV0, 3.9-IV0$',
      ),
    )
  })
}
