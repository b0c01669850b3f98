/** Where the input topics of an application are read from. */
import type { Consumer, TopicPartition } from '../../client/index.ts'
import { parseJavaInteger } from '../../config/index.ts'
import type { Host } from '../../host/index.ts'
import { parseDateTime, parseDuration } from '../groups/moments.ts'
import { ToolError } from '../java-text.ts'
import { readText } from '../properties-files.ts'
import type { ResetOptions } from './streams-reset.ts'

interface Moving {
  readonly consumer: Consumer
  readonly given: ResetOptions
  readonly host: Host
  readonly print: (line: string) => void
}

type Places = readonly TopicPartition[]
const nameOf = ({ topic, partition }: TopicPartition) => `${topic}-${partition}`

/** Moves the positions and prints where they are then. */
export async function moveTo(moving: Moving, places: Places): Promise<void> {
  const { consumer, given, host, print } = moving
  const offset = given.value('to-offset')
  const shift = given.value('shift-by')
  const moment = given.value('to-datetime')
  const span = given.value('by-duration')
  const file = given.value('from-file')
  if (offset !== null) await toOffsets(moving, places, () => Promise.resolve(offset))
  else if (given.has('to-latest')) consumer.seekToEnd(places)
  else if (shift !== null) {
    await toOffsets(moving, places, async place => (await consumer.position(place)) + shift)
  } else if (moment !== null) await toTime(moving, places, parseDateTime(moment))
  else if (span !== null) {
    await toTime(moving, places, Math.floor(host.clock.wallMs() - parseDuration(span)))
  } else if (file !== null) {
    const plan = readPlan(readText(host, file))
    await toOffsets(moving, places, place => Promise.resolve(planned(plan, place)))
  } else consumer.seekToBeginning(places)
  for (const place of places) {
    const position = await consumer.position(place)
    print(`Topic: ${place.topic} Partition: ${place.partition} Offset: ${position}`)
  }
}

/** Within what the partitions hold; what lies outside is told of. */
async function toOffsets(
  { consumer, print }: Moving,
  places: Places,
  wantedAt: (place: TopicPartition) => Promise<number>,
): Promise<void> {
  const ends = await offsetsByName(consumer.endOffsets(places))
  const beginnings = await offsetsByName(consumer.beginningOffsets(places))
  for (const place of places) {
    const offset = await wantedAt(place)
    const end = ends.get(nameOf(place)) ?? 0
    const beginning = beginnings.get(nameOf(place)) ?? 0
    if (offset >= end) {
      print(`New offset (${offset}) is higher than latest offset. Value will be set to ${end}`)
      consumer.seek(place, end)
    } else if (offset <= beginning) {
      print(
        `New offset (${offset}) is lower than earliest offset. Value will be set to ${beginning}`,
      )
      consumer.seek(place, beginning)
    } else consumer.seek(place, offset)
  }
}

async function offsetsByName(
  asked: ReturnType<Consumer['endOffsets']>,
): Promise<Map<string, number>> {
  return new Map((await asked).map(found => [nameOf(found), found.offset]))
}

async function toTime(
  { consumer, print }: Moving,
  places: Places,
  timestampMs: number,
): Promise<void> {
  const questions = places.map(({ topic, partition }) => ({ topic, partition, timestampMs }))
  const found = await offsetsByName(consumer.offsetsForTimes(questions))
  for (const place of places) {
    const offset = found.get(nameOf(place)) ?? -1
    if (offset >= 0) consumer.seek(place, offset)
    else {
      consumer.seekToEnd([place])
      print(
        `Partition ${place.partition} from topic ${place.topic} is empty, without a committed ` +
          'record. Falling back to latest known offset.',
      )
    }
  }
}

const parseError = (message: string) => new ToolError('java.text.ParseException', message)

/** Lines `topic,partition,offset`. @throws ToolError for any other */
export function readPlan(csv: string): Map<string, number> {
  if (csv === '') throw parseError('Error parsing reset plan CSV file. It is empty,')
  const lines = csv.replace(/\n+$/, '').split('\n')
  return new Map(
    lines.map(line => {
      const [topic = '', partition, offset, ...more] = line.split(',')
      if (partition === undefined || offset === undefined || more.length > 0) {
        throw parseError(
          'Reset plan CSV file is not following the format `TOPIC,PARTITION,OFFSET`.',
        )
      }
      const place = { topic, partition: numberIn(partition, 'INT') }
      return [nameOf(place), numberIn(offset, 'LONG')]
    }),
  )
}

function numberIn(text: string, type: 'INT' | 'LONG'): number {
  const number = parseJavaInteger(text, type)
  if (number !== undefined) return Number(number)
  throw new ToolError('java.lang.NumberFormatException', `For input string: "${text}"`)
}

/** Every partition of the input topics must be in the plan. */
function planned(plan: ReadonlyMap<string, number>, place: TopicPartition): number {
  const offset = plan.get(nameOf(place))
  if (offset !== undefined) return offset
  throw new ToolError(
    'java.lang.NullPointerException',
    `no offset for ${nameOf(place)} in the plan`,
  )
}
