/** The command-line tools. See README.md. */
export * from './arguments/index.ts'
export { runTool, type Tool, type ToolEnvironment } from './tool.ts'
export { consumerGroupCommand } from './consumer-groups/group-command.ts'
export { topicCommand } from './topics/topic-command.ts'
