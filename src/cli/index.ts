/** The command-line tools. See README.md. */
export * from './arguments/index.ts'
export { consoleProducer } from './console-producer/console-producer.ts'
export { getOffsets } from './get-offsets/get-offsets.ts'
export { groupsCommand } from './groups/groups-command.ts'
export { runTool, type Tool, type ToolEnvironment } from './tool.ts'
export { topicCommand } from './topics/topic-command.ts'
