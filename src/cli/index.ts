/** The command-line tools. See README.md. */
export * from './arguments/index.ts'
export { runTool, type Tool, type ToolEnvironment } from './tool.ts'
export { topicCommand } from './topics/topic-command.ts'
