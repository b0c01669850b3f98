/** Changes modules as Node loads them (a customization hook of `node:module`). */
import { strict as assert } from 'node:assert'

export interface Breakage {
  /** Below `dist/src`. */
  readonly module: string
  readonly text: string
  readonly by: string
}

interface Loaded {
  readonly format: string
  readonly source?: string | ArrayBuffer | NodeJS.TypedArray
}

let breakages: readonly Breakage[] = []

export function initialize(data: readonly Breakage[]): void {
  breakages = data
}

export async function load(
  url: string,
  context: unknown,
  nextLoad: (url: string, context: unknown) => Promise<Loaded>,
): Promise<Loaded> {
  const loaded = await nextLoad(url, context)
  const wanted = breakages.filter(({ module }) => url.endsWith(`/dist/src/${module}`))
  if (wanted.length === 0) return loaded
  let source = Buffer.from(loaded.source as Uint8Array).toString()
  for (const { module, text, by } of wanted) {
    assert.equal(source.split(text).length, 2, `${text} stands once in ${module}`)
    source = source.replace(text, by)
  }
  return { ...loaded, source }
}
