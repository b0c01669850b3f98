import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeClock } from '../clock.ts'
import { toolLog } from './tool-log.ts'

test('a tool shows warnings only, in the format of the servers', () => {
  const wallMs = new Date(2026, 10, 21, 9, 5, 7, 43).getTime()
  let text = ''
  const log = toolLog(
    { ...nodeClock, wallMs: () => wallMs },
    {
      write: line => {
        text += line
      },
    },
  ).named('org.apache.kafka.clients.NetworkClient')

  log.info('connected')
  log.warn(
    '[Producer clientId=console-producer] Bootstrap broker localhost:1 (id: -1 rack: null) disconnected',
  )

  assert.equal(
    text,
    '[2026-11-21 09:05:07,043] WARN [Producer clientId=console-producer] Bootstrap broker localhost:1 (id: -1 rack: null) disconnected (org.apache.kafka.clients.NetworkClient)\n',
  )
})
