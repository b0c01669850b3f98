/** Files of properties that options name. */
import { parsePropertiesFile } from '../config/index.ts'
import type { Host } from '../host/index.ts'
import { ToolError } from './java-text.ts'

/** @throws ToolError when the file is not there; ConfigError for what it cannot mean */
export function loadProperties({ files }: Pick<Host, 'files'>, path: string): Map<string, string> {
  if (files.status(path) === undefined) {
    throw new ToolError('java.nio.file.NoSuchFileException', path)
  }
  return new Map(parsePropertiesFile(files.readFile(path), path))
}
