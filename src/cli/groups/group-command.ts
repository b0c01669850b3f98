import type { Admin } from '../../client/index.ts'
import type { ToolEnvironment } from '../tool.ts'
import type { GroupOptions } from './group-options.ts'

/** What each action works with. */
export interface GroupCommand {
  readonly admin: Admin
  readonly given: GroupOptions
  readonly timeoutMs: number
  readonly environment: ToolEnvironment
  readonly print: (text: string) => void
}
