/** Quotas: over how many samples of which length they are measured. */
import { atLeast, ignored, int, javaClass, low, refused, type Properties } from '../property.ts'

const quotas = ignored('quotas are not enforced yet')

// prettier-ignore
export const quotaProperties = {
  'quota.window.num': int(11, atLeast(1), low, quotas, "Samples kept for clients' quotas."),
  'replication.quota.window.num': int(11, atLeast(1), low,
    'Samples kept for the throttle of replication.'),
  'alter.log.dirs.replication.quota.window.num': int(11, atLeast(1), low,
    'Samples kept for the throttle of moves between log directories.'),
  'controller.quota.window.num': int(11, atLeast(1), low, quotas,
    'Samples kept for the quota on creating and deleting partitions.'),
  'quota.window.size.seconds': int(1, atLeast(1), low, quotas,
    "Length in seconds of a sample of clients' quotas."),
  'replication.quota.window.size.seconds': int(1, atLeast(1), low,
    'Length in seconds of a sample of the throttle of replication.'),
  'alter.log.dirs.replication.quota.window.size.seconds': int(1, atLeast(1), low,
    'Length in seconds of a sample of the throttle of moves between log directories.'),
  'controller.quota.window.size.seconds': int(1, atLeast(1), low, quotas,
    'Length in seconds of a sample of the quota on creating and deleting partitions.'),
  'client.quota.callback.class': javaClass(null, low, refused('a Java class cannot be loaded here'),
    'Class that decides which quota a client has.'),
} satisfies Properties
