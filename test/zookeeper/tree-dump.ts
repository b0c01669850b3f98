/** The whole tree of a server, read with our client: what two servers over the same files must agree on. */
import type { ZooKeeperClient } from '../../src/zookeeper/index.ts'

/** A line for each node: path, data, every field of its state, its ACLs. */
export async function dumpTree(client: ZooKeeperClient, path = '/'): Promise<string[]> {
  const [{ data, stat }, { acl }, { children }] = await Promise.all([
    client.getData(path),
    client.getAcl(path),
    client.getChildren(path),
  ])
  const fields = Object.entries(stat).map(([name, value]) => `${name}=${value}`)
  const allowed = acl.map(({ perms, id }) => `${id.scheme}:${id.id}:${perms}`)
  const content = data === null ? 'null' : data.toString('hex')
  const lines = [`${path} ${content} ${fields.join(' ')} ${allowed.join(' ')}`]
  for (const child of [...children].sort()) {
    lines.push(...(await dumpTree(client, path === '/' ? `/${child}` : `${path}/${child}`)))
  }
  return lines
}
