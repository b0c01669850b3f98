/** The checks that our transactions pass, put to genuine Kafka: so it is Kafka that they describe. */
import { test } from 'node:test'
import { peerOrSkip } from '../peers/cache.ts'
import { referenceVersion, startSubject } from '../peers/subject.ts'
import { checks, properties } from '../transactions/checks.ts'
import { TransactionalClient } from '../transactions/client.ts'

test(`transactions are what they are with genuine Kafka ${referenceVersion}`, async t => {
  const genuine = await peerOrSkip(t, () =>
    startSubject({ kind: 'genuine', overrides: properties }),
  )
  if (genuine === undefined) return
  t.after(() => genuine.dispose())
  const port = Number(genuine.bootstrap.split(':')[1])

  for (const [n, { name, run }] of checks.entries()) {
    await t.test(name, { timeout: 20_000 }, () =>
      run(() => TransactionalClient.open(port, `topic-${n}`)),
    )
  }
})
