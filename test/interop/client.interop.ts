/** Our client against ours, the genuine release that decides, and the newest. Older ones: `test/drill`. */
import { test } from 'node:test'
import { newestVersion, referenceVersion } from '../peers/catalog.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { startKraft } from '../peers/kraft.ts'
import { kafkaJars } from '../peers/maven.ts'
import { startSubject } from '../peers/subject.ts'
import { runProgramme } from './client-programme.ts'

test('our client and ours', async t => {
  const subject = await startSubject({ kind: 'tidelog' })
  t.after(() => subject.dispose())

  await runProgramme(t, subject.bootstrap, referenceVersion)
})

test(`our client and genuine ${referenceVersion}`, async t => {
  if (!(await peerOrSkip(t, () => kafkaJars(referenceVersion)))) return
  const subject = await startSubject({ kind: 'genuine' })
  t.after(() => subject.dispose())

  await runProgramme(t, subject.bootstrap, referenceVersion)
})

test(`our client and genuine ${newestVersion}`, async t => {
  if (!(await peerOrSkip(t, () => kafkaJars(newestVersion)))) return
  const broker = await startKraft()
  t.after(() => broker.dispose())

  await runProgramme(t, broker.bootstrap, newestVersion)
})
