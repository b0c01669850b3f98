import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Member } from './member.ts'
import { electProtocol, emptyMembership, fits, type Membership } from './membership.ts'

function groupOf(...offers: string[][]): Membership {
  const members = new Map(
    offers.map((names, index): [string, Member] => [`m-${index}`, memberOffering(names, index)]),
  )
  return { ...emptyMembership(0), phase: 'Stable', protocolType: 'consumer', members }
}

function memberOffering(names: readonly string[], index: number): Member {
  return {
    memberId: `m-${index}`,
    groupInstanceId: null,
    clientId: 'c',
    clientHost: '/127.0.0.1',
    sessionTimeoutMs: 1,
    rebalanceTimeoutMs: 1,
    protocols: protocolsOf(names),
    assignment: Buffer.alloc(0),
    joining: undefined,
    syncing: undefined,
    isNew: false,
  }
}

function protocolsOf(names: readonly string[]): Member['protocols'] {
  return names.map(name => ({ name, metadata: Buffer.alloc(0) }))
}

test('each member votes for the first of its protocols that all offer; most votes win', () => {
  assert.equal(electProtocol(groupOf(['range', 'sticky'])), 'range')
  assert.equal(electProtocol(groupOf(['range', 'sticky'], ['sticky'])), 'sticky')
  assert.equal(
    electProtocol(groupOf(['range', 'sticky'], ['sticky', 'range'], ['sticky', 'range'])),
    'sticky',
  )
})

test('among equal votes the protocol that was voted for first wins', () => {
  assert.equal(electProtocol(groupOf(['range', 'sticky'], ['sticky', 'range'])), 'range')
})

test('an empty group elects nothing', () => {
  assert.equal(electProtocol(emptyMembership(0)), null)
})

test('whoever fits keeps the group able to elect a protocol', () => {
  const offer = fc.uniqueArray(fc.constantFrom('range', 'roundrobin', 'sticky', 'own'), {
    minLength: 1,
  })
  fc.assert(
    fc.property(fc.array(offer, { minLength: 1, maxLength: 8 }), offers => {
      const accepted: string[][] = []
      for (const names of offers) {
        if (accepted.length === 0 || fits(groupOf(...accepted), 'consumer', protocolsOf(names))) {
          accepted.push(names)
        }
      }
      const elected = electProtocol(groupOf(...accepted))
      assert.ok(elected !== null)
      for (const names of accepted) assert.ok(names.includes(elected))
    }),
  )
})
