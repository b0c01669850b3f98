/** What is said in a log, without when, where and how much: level, words and logger of each line. */

/** Sorted, each once. */
export function wordsOf(lines: readonly string[]): readonly string[] {
  return [...new Set(lines.flatMap(masked))].sort()
}

/** Of a line with all that belongs to it; several where it lists properties. */
function masked(line: string): readonly string[] {
  const [first = '', ...rest] = line.replace(/^\[[^\]]*\] /, '').split('\n')
  if (first.includes('KafkaConfig values:')) {
    const names = rest.flatMap(text => /^\t([\w.]+) = /.exec(text)?.[1] ?? [])
    return names.map(name => `KafkaConfig has ${name}`)
  }
  return [wordsIn(first)]
}

const wordsIn = (text: string) =>
  text
    .replace(/\/tmp\/tidelog-[\w-]+/g, '<DIR>')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{32}\b/g, '<UUID>')
    .replace(/(Some\(|topicId=|Cluster ID = )[\w-]{22}/g, '$1<ID>')
    .replace(/0x[0-9a-f]+/g, '<HEX>')
    .replace(/\d+/g, 'N')
    // Where Kafka has a hash order.
    .replace(/(\{|HashSet\()([^(){}]*)(\}|\))/g, (_, open: string, list: string, close: string) =>
      [open, list.split(', ').sort().join(', '), close].join(''),
    )
    // How many there are is a number too.
    .replace(/([\w-]+(?: -> )?[\w-]*(?:\([^()]*\))?)(?:, ?\1)+(?=[\]), ]|$)/g, '$1')
