import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dateFormat } from './date-format.ts'
import { kafkaPattern, patternLayout, type LogLine } from './pattern.ts'

const wallMs = new Date(2026, 10, 21, 9, 5, 7, 43).getTime()
const line: LogLine = {
  wallMs,
  level: 'info',
  logger: 'kafka.server.KafkaServer',
  message: 'started',
}

test('the stock pattern prints the line that people grep for', () => {
  assert.equal(
    patternLayout(kafkaPattern)({ ...line, message: '[KafkaServer id=0] started' }),
    '[2026-11-21 09:05:07,043] INFO [KafkaServer id=0] started (kafka.server.KafkaServer)\n',
  )
})

test('widths, shortened names, named dates and percent signs are honoured', () => {
  const print = (pattern: string): string => patternLayout(pattern)(line)

  assert.equal(print('%-5p|%7p|%.3m'), 'INFO |   INFO|ted')
  assert.equal(print('%c{1} %c{2} 100%%'), 'KafkaServer server.KafkaServer 100%')
  assert.equal(print('%d{ABSOLUTE} %t%n'), '09:05:07,043 main\n')
  assert.throws(() => patternLayout('%d %X{user}'), /%X\{user\} is not supported/)
})

test("dates follow Java's letters and quotes", () => {
  const print = (pattern: string): string => dateFormat(pattern)(wallMs)

  assert.equal(print("'.'yyyy-MM-dd-HH"), '.2026-11-21-09')
  assert.equal(print("EEE, d MMM yy h:mm a 'o''clock'"), "Sat, 21 Nov 26 9:05 AM o'clock")
  assert.match(print('Z'), /^[+-]\d{4}$/)
  assert.throws(() => print('ww'), /letter 'w' is not supported/)
})
