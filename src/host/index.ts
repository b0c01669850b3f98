export { sleep, type Clock, type Timer } from './clock.ts'
export {
  StorageError,
  type FileHandle,
  type FileLock,
  type FileStatus,
  type FileSystem,
  type OpenMode,
} from './files.ts'
export type { Host } from './host.ts'
export { prefixed } from './log-prefix.ts'
export { silentLog, type Log, type LogFields, type LogLevel } from './log.ts'
export {
  NetworkError,
  type Connection,
  type ConnectionEvents,
  type Listener,
  type Network,
} from './network.ts'
export type { Random } from './random.ts'
export {
  sameThread,
  TaskCancelledError,
  type SameThreadOptions,
  type Task,
  type TaskControl,
  type TaskWorld,
  type Threads,
} from './threads.ts'
export type { Terminal, TerminalInput, TerminalOutput, TerminalSignal } from './terminal.ts'
