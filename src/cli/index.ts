/** The command-line tools. See README.md. */
export * from './arguments/index.ts'
