/** What the comparison of configurations leaves out, each with its reason. */

/** Setting these is refused at start; Kafka goes on to rules that we do not have. */
export const refusedAtStart: ReadonlySet<string> = new Set([
  'process.roles', // KRaft mode has its own rules
  'zookeeper.metadata.migration.enable', // so has the way there
  'remote.log.storage.system.enable', // tiered storage checks local retention
])

/** Kafka loads the class and fails where it is not on its class path; we load none. */
export const namesOfClasses: ReadonlySet<string> = new Set(['CLASS'])

/** Parsed by KRaft nodes only, which we refuse to be. */
export const kraftAddresses: ReadonlySet<string> = new Set([
  'controller.quorum.voters',
  'controller.quorum.bootstrap.servers',
])

/** Java tells where its parser gave up, or less than we do; the sentence before it is compared. */
export const withoutParserDetails = (message: string): string =>
  message
    // Java's arithmetic complains where we name the property.
    .replace('/ by zero', 'requirement failed: log.cleaner.threads must be at least 1')
    .replace(/(Error parsing configuration property '[^']*').*/s, '$1')
    .replace(/For input string: .*/s, 'For input string')

/** Lists of classes, which Kafka loads as well. */
export const listsOfClasses: ReadonlySet<string> = new Set(['group.consumer.assignors'])

/** Java's producer looks at it when it is made, not when its configuration is: later, but alike. */
export const checkedLater: ReadonlySet<string> = new Set(['delivery.timeout.ms'])

/**
 * A logical line that begins with nothing but a backslash: Java takes what follows it for a comment
 * or a blank line, the package for a key. No file has it.
 */
export const startsWithContinuation = (text: string): boolean =>
  /(^|[\r\n])[ \t\f]*\\(\r|\n)/.test(text)

/** Kafka describes one limit in a sentence of its own. */
export const limitInShort = (validator: string | null): string | null =>
  validator?.startsWith('The default value of -1 means') === true ? '[1,...] or -1' : validator
