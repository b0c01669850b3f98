/** `host:port,host:port`, as the tools of Kafka check it before anything else. */

const address = /^.*?\[?([0-9a-zA-Z\-._%:]*)\]?:([0-9]+)$/

export function isHostPortList(text: string): boolean {
  const parts = text.split(',')
  while (parts.length > 1 && parts.at(-1) === '') parts.pop()
  return parts.every(part => address.test(part))
}
