/** Transactions by the wire, on a broker in this process. */
import { after, before, test } from 'node:test'
import { startBroker, type TestBroker } from '../../src/testing/index.ts'
import { checks, properties } from '../transactions/checks.ts'
import { TransactionalClient } from '../transactions/client.ts'

let broker: TestBroker
before(async () => {
  broker = await startBroker({ properties })
})
after(() => broker.stop())

checks.forEach(({ name, run }, n) => {
  test(name, { timeout: 20_000 }, () =>
    run(() => TransactionalClient.open(broker.port, `topic-${n}`)),
  )
})
