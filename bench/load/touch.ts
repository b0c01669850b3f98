/** A process that fills so many bytes of memory and ends: what it frees is what the kernel hands out next. */
const BLOCK_BYTES = 64 * 2 ** 20
const sizeBytes = Number(process.argv[2])
const blocks: Buffer[] = []
for (let taken = 0; taken < sizeBytes; taken += BLOCK_BYTES)
  blocks.push(Buffer.alloc(BLOCK_BYTES, 1))
process.stdout.write(`${blocks.length}\n`)
