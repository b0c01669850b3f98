import { strict as assert } from 'node:assert'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { play } from '../zookeeper/scenario.ts'

/** The scripts lie beside the sources; the built test runs in dist/test/scenarios. */
const folder = join(import.meta.dirname, '..', '..', '..', 'test', 'scenarios')

for (const name of readdirSync(folder).filter(each => /^zookeeper-.*\.txt$/.test(each))) {
  test(`${name} is what the ZooKeeper server does`, () => {
    const script = readFileSync(join(folder, name), 'utf8')

    assert.equal(play(script), script)
  })
}
