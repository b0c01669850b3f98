/** Changes of every kind, drawn from a seed: what logs and snapshots are filled with in tests. */
import {
  CreateMode,
  ZooKeeperError,
  type Acl,
  type ZooKeeperClient,
} from '../../src/zookeeper/index.ts'

export interface Dice {
  /** A whole number from 0 to `bound`, exclusive. */
  below(bound: number): number
}

const acls: readonly (readonly Acl[])[] = [
  [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }],
  [{ perms: 31, id: { scheme: 'ip', id: '127.0.0.0/8' } }],
  [
    { perms: 31, id: { scheme: 'world', id: 'anyone' } },
    { perms: 1, id: { scheme: 'digest', id: 'joe:8+EflMPx7m2Dvu0NPWGVeT/uFjo=' } },
  ],
]

/** Carries out `count` changes below /work, one after another; many are refused, as in life. */
export async function work(client: ZooKeeperClient, dice: Dice, count: number): Promise<void> {
  await tolerant(client.create('/work', null))
  for (let i = 0; i < count; i++) await tolerant(step(client, dice))
}

async function step(client: ZooKeeperClient, dice: Dice): Promise<unknown> {
  const path = somePath(dice)
  const data = dice.below(10) === 0 ? null : Buffer.alloc(dice.below(40), dice.below(256))
  switch (dice.below(10)) {
    case 0:
    case 1:
    case 2:
      return client.create(path, data, { mode: someMode(dice), acl: pick(dice, acls) })
    case 3:
      return client.delete(path)
    case 4:
    case 5:
      return client.setData(path, data, dice.below(3) - 1)
    case 6:
      return client.setAcl(path, pick(dice, acls), dice.below(2) - 1)
    case 7:
      return client.createWithStat(`${path}-`, data, { mode: CreateMode.PERSISTENT_SEQUENTIAL })
    case 8:
      return client.create(path, data, { mode: CreateMode.CONTAINER })
    default: {
      const other = somePath(dice)
      return client.multi([
        { op: 'create', path: `${path}x`, data },
        { op: 'setData', path: other, data },
        { op: 'create', path: `${path}e`, data, mode: CreateMode.EPHEMERAL },
        { op: 'check', path: '/work', version: dice.below(2) === 0 ? 0 : 99 },
        { op: 'delete', path: `${path}x` },
      ])
    }
  }
}

function somePath(dice: Dice): string {
  const depth = 1 + dice.below(3)
  return `/work${Array.from({ length: depth }, () => `/n${dice.below(4)}`).join('')}`
}

function someMode(dice: Dice): CreateMode {
  return pick(dice, [
    CreateMode.PERSISTENT,
    CreateMode.PERSISTENT,
    CreateMode.EPHEMERAL,
    CreateMode.EPHEMERAL_SEQUENTIAL,
  ])
}

function pick<T>(dice: Dice, values: readonly T[]): T {
  const value = values[dice.below(values.length)]
  if (value === undefined) throw new RangeError('nothing to pick from')
  return value
}

/** A refusal is an outcome like any other; a lost connection is not. */
async function tolerant(change: Promise<unknown>): Promise<void> {
  try {
    await change
  } catch (error) {
    if (!(error instanceof ZooKeeperError) || error.retriable) throw error
  }
}
