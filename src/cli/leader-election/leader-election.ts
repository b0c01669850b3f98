/** kafka-leader-election: elects leaders. Mirrors org.apache.kafka.tools.LeaderElectionCommand. */
import { helpOrVersion, parseOptions } from '../arguments/index.ts'
import { failureText } from '../java-text.ts'
import { isForRunner, type ToolEnvironment } from '../tool.ts'
import { electionOptions, ensureElection } from './election-options.ts'

export async function leaderElection(
  argv: readonly string[],
  environment: ToolEnvironment,
): Promise<number> {
  const { stderr } = environment.terminal
  try {
    const given = parseOptions(electionOptions, argv)
    given.notices.forEach(notice => stderr.write(`${notice}\n`))
    helpOrVersion(
      given,
      argv,
      'This tool attempts to elect a new leader for a set of topic partitions. The type of ' +
        'elections supported are preferred replicas and unclean replicas.',
    )
    ensureElection(given)
    const { elect } = await import('./election.ts')
    await elect(given, environment)
    return 0
  } catch (error) {
    if (isForRunner(error)) throw error
    stderr.write(failureText(error))
    return 1
  }
}
