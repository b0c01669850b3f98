/** The examples of example.ts as genuine Kafka writes them: what golden-bytes.ts has to hold. */
import assert from 'node:assert/strict'
import { describedVersions, exampleOf, type ExampleKind } from './example.ts'
import { stringify, toKafkaJson } from './kafka-json.ts'
import { kafkaSchemas, releases } from './kafka-schema.ts'
import { protocolPeer } from './peer.ts'

export type GoldenBytes = Record<string, Record<ExampleKind, string>>

const kinds = ['full', 'empty'] as const

/** Hex by message and version, of the oldest release that has the version. */
export async function genuineBytes(): Promise<GoldenBytes> {
  const golden: GoldenBytes = {}
  for (const release of releases) {
    const [schemas, ask] = await Promise.all([kafkaSchemas(release), protocolPeer(release)])
    const wanted = describedVersions.filter(({ message, version, key }) => {
      const [first, last] = schemas.get(message.name)?.versions ?? [0, -1]
      return version >= first && version <= last && !(key in golden)
    })
    const questions = wanted.flatMap(({ message, version }) =>
      kinds.map(kind => {
        const value = exampleOf(message, version, kind)
        const text = stringify(toKafkaJson(message, version, value, 'base64'))
        return { from: 'json' as const, name: message.name, version, text }
      }),
    )
    const answers = await ask(questions)
    wanted.forEach(({ key }, index) => {
      const [full, empty] = answers.slice(index * kinds.length)
      assert(full !== undefined && empty !== undefined)
      assert.equal(full.refusal ?? empty.refusal, undefined, key)
      golden[key] = { full: full.hex, empty: empty.hex }
    })
  }
  return golden
}
