/**
 * The 16 bytes that let a client take its session along. They are a checksum of the session id
 * rather than a secret, exactly as in ZooKeeper, because every member of an ensemble, genuine ones
 * included, must compute the same: `java.util.Random`, seeded with the id and a fixed number.
 */
const SUPER_SECRET = 0xb341_5c00n
const PASSWORD_BYTES = 16

const MULTIPLIER = 0x5_deec_e66dn
const ADDEND = 0xbn
const SEED_MASK = (1n << 48n) - 1n

export function passwordOf(sessionId: bigint): Buffer {
  const password = Buffer.alloc(PASSWORD_BYTES)
  let seed = (sessionId ^ SUPER_SECRET ^ MULTIPLIER) & SEED_MASK
  for (let at = 0; at < PASSWORD_BYTES; at += 4) {
    seed = (seed * MULTIPLIER + ADDEND) & SEED_MASK
    // nextInt gives the upper 32 of 48 bits; nextBytes takes its bytes from the lowest on.
    password.writeUInt32LE(Number(seed >> 16n), at)
  }
  return password
}

/** Session 0 is no session, so no password fits it. */
export function isPasswordOf(sessionId: bigint, password: Buffer | null): boolean {
  return sessionId !== 0n && password !== null && passwordOf(sessionId).equals(password)
}
