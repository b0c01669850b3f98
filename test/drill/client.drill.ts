/** Our client against every line of genuine brokers with which it shares the requests that it needs. */
import { test } from 'node:test'
import { kafkaVersions, referenceVersion } from '../peers/catalog.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { isBefore, kafkaJars } from '../peers/maven.ts'
import { startSubject } from '../peers/subject.ts'
import { runProgramme } from '../interop/client-programme.ts'

/** Earlier brokers do not say what they speak (ApiVersions). */
const oldest = '0.10'

const versions = kafkaVersions.filter(
  version => !isBefore(version, oldest) && isBefore(version, referenceVersion),
)

for (const version of versions) {
  test(`our client and genuine ${version}`, async t => {
    if (!(await peerOrSkip(t, () => kafkaJars(version)))) return
    // Off by default before 1.0.
    const overrides = { 'delete.topic.enable': 'true' }
    const subject = await startSubject({ kind: 'genuine', version, overrides })
    t.after(() => subject.dispose())

    await runProgramme(t, subject.bootstrap, version)
  })
}
