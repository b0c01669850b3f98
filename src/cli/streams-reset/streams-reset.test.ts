import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeHost } from '../../host/node/index.ts'
import { MemoryTerminal } from '../../sim/index.ts'
import { runTool } from '../tool.ts'
import { readPlan } from './positions.ts'
import { streamsReset } from './streams-reset.ts'

const refusals: readonly (readonly [argv: string[], firstLine: string])[] = [
  [['--dry-run'], 'Missing required option(s) [application-id]'],
  [['--application-id', 'a', '--foo'], 'foo is not a recognized option'],
  [
    ['--application-id', 'a', '--to-latest', '--to-earliest'],
    'Option "[to-earliest]" can\'t be used with option "[to-latest]"',
  ],
]
for (const [argv, firstLine] of refusals) {
  test(`kafka-streams-application-reset ${argv.join(' ')} is refused with the usage`, async () => {
    const terminal = new MemoryTerminal()
    const code = await runTool(streamsReset, argv, { host: nodeHost(), terminal })

    assert.equal(terminal.stderr.text.split('\n')[0], firstLine)
    assert.match(terminal.stderr.text, /--application-id <String: id>/)
    assert.equal(code, 1)
  })
}

test('a plan has an offset a line, and nothing else', () => {
  assert.deepEqual(
    [...readPlan('a,0,5\nb-c,1,7\n')],
    [
      ['a-0', 5],
      ['b-c-1', 7],
    ],
  )
  assert.throws(() => readPlan(''), /It is empty,/)
  assert.throws(() => readPlan('a,0'), /not following the format `TOPIC,PARTITION,OFFSET`/)
  assert.throws(() => readPlan('a,x,1'), { message: 'For input string: "x"' })
})
