/** What differs between two runs of the same tool, each mask with its reason. */

interface Mask {
  readonly pattern: RegExp
  readonly to: string
  readonly because: string
}

const masks: readonly Mask[] = [
  {
    pattern: /\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\]/g,
    to: '[<TS>]',
    because: 'time of a log line',
  },
  { pattern: /TopicId: [\w-]{22}/g, to: 'TopicId: <TOPIC-ID>', because: 'ids are random' },
  { pattern: /Cluster ID: [\w-]{22}/g, to: 'Cluster ID: <CLUSTER-ID>', because: 'ids are random' },
  {
    pattern: /("replicas":\[)[12](\],"log_dirs":\["any"\])/g,
    to: '$1#$2',
    because: 'a proposal begins at a random broker of two',
  },
  { pattern: /"size":[1-9]\d*/g, to: '"size":<N>', because: 'how much lay there is not recorded' },
  { pattern: /\b1[5-9]\d{11}\b/g, to: '<EPOCH-MS>', because: 'milliseconds since 1970' },
  {
    pattern: /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g,
    to: '<UUID>',
    because: 'member ids are random',
  },
  {
    pattern: /(console|perf)-consumer-\d{1,5}\b/g,
    to: '$1-consumer-<N>',
    because: 'a random group',
  },
  {
    pattern: /\tElr: (N\/A)?\tLastKnownElr: (N\/A)?/g,
    to: '',
    because: 'lab 003 shows none, and so do we (transcripts/README.md)',
  },
  { pattern: /Leader: \d/g, to: 'Leader: #', because: 'leaders are placed at random' },
  { pattern: /(Replicas|Isr): [\d,]+/g, to: '$1: #', because: 'replicas are placed at random' },
  {
    pattern: /Option( \(\* = required\))? +Description *\n[\s\S]*$/g,
    to: '<usage text>\n',
    because: 'usage texts are our own words',
  },
  {
    pattern: /^ZooKeeper -server host:port [^\n]*\n(\t[^\n]*\n)*/gm,
    to: '<usage text>\n',
    because: 'the shell lists the commands that it has',
  },
  {
    pattern: /localhost:909\d {2}\(\d\) +/g,
    to: 'localhost:<PORT>  (<ID>) ',
    because: 'which broker coordinates a group is a matter of hashing over three',
  },
  {
    pattern: /(\S+ +gt +\d +\d+ +)(?=\S)/g,
    to: '$1\n',
    because: 'Kafka 3.9 prints these rows without line ends, in a hash order',
  },
  {
    pattern: /(NEW-OFFSET +)(?=\S)/g,
    to: '$1\n',
    because: 'the same: the first row follows the header in its line',
  },
  {
    pattern: /"port":\d+/g,
    to: '"port":<PORT>',
    because: 'brokers of tests have ports of their own',
  },
  {
    pattern: /(\[<TS>\] WARN [^\n]*) correlation id \d+ : [^\n]*LEADER_NOT_AVAILABLE\}[^\n]*\n/g,
    to: '',
    because: 'how often a new topic is asked for until it has a leader depends on the load',
  },
  {
    pattern: /^\t(at |\.\.\. \d+ more).*\n/gm,
    to: '',
    because: "stack traces are of Java's code",
  },
  {
    pattern: /^Caused by: .*\n/gm,
    to: '',
    because: 'the recording cut stack traces after their first line',
  },
  {
    pattern: /^usage: [\s\S]*?(?=^[\w.-]+: error: )/gm,
    to: '<usage text>\n',
    because: 'usage texts are our own words',
  },
  {
    pattern: /^(\S+ +\t)\d +\t\d+ +\t(?=\w+ +\t$)/gm,
    to: '$1<ID>\t<ID>\t',
    because: 'coordinators by hashing over three, producer ids by what ran before: of a list',
  },
  {
    pattern: /^\d +\t(\S+ +\t)\d+ +\t(.*\t)\d+ +\t( +\t)$/gm,
    to: '<ID>\t$1<ID>\t$2<MS>\t$3',
    because: 'the same, and how long ago it was: of a description',
  },
  {
    pattern: /^\d+ +\t(?=\d+ +\t-?\d+ +\t\d+ +\t)/gm,
    to: '<ID>\t',
    because: 'the same: of the producers of a partition',
  },
  {
    pattern: /"avg_throughput":(?!0\.0\})[\d.E]+/g,
    to: '"avg_throughput":<N>',
    because: 'how fast it was',
  },
  {
    pattern: /(produce response with correlation id )\d+/g,
    to: '$1<N>',
    because: 'how often it had asked for metadata before',
  },
  {
    pattern: /\d+( ms has passed since batch creation)/g,
    to: '<N>$1',
    because: 'milliseconds late',
  },
  {
    pattern: /tries=\d+,|after \d+ attempt\(s\)/g,
    to: '<TRIES>',
    because: 'how often a client tries in a minute depends on the load',
  },
  {
    pattern: /\b(producerId|partitionLeaderEpoch|crc): \d+/g,
    to: '$1: <N>',
    because: 'of a dumped batch: what ran before, and checksums over times',
  },
  {
    pattern: /<usage text>\n?$/g,
    to: '<usage text>\n',
    because: 'the recording cut the end of usage texts',
  },
]

/** Lines as a sorted list: topics, groups and partitions come in a hash order. */
export function masked(text: string): string[] {
  const plain = masks.reduce((rest, { pattern, to }) => rest.replace(pattern, to), text)
  const lines = plain.split('\n').toSorted()
  return lines.filter((line, at) => !IN_VAIN.test(line) || line !== lines[at - 1])
}

/** How often a client tries to reach nobody is a matter of chance: once is enough. */
const IN_VAIN = /Connection to node -1 .* could not be established|Bootstrap broker .* disconnected/
