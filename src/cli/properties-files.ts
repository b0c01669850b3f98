/** Files that options name: of properties, or of anything. */
import { parsePropertiesFile } from '../config/index.ts'
import type { Host } from '../host/index.ts'
import { ToolError } from './java-text.ts'

/** @throws ToolError when the file is not there; ConfigError for what it cannot mean */
export function loadProperties(host: Pick<Host, 'files'>, path: string): Map<string, string> {
  return new Map(parsePropertiesFile(readBytes(host, path), path))
}

/** @throws ToolError when the file is not there */
export function readText(host: Pick<Host, 'files'>, path: string): string {
  return readBytes(host, path).toString()
}

function readBytes({ files }: Pick<Host, 'files'>, path: string): Buffer {
  if (files.status(path) === undefined) {
    throw new ToolError('java.nio.file.NoSuchFileException', path)
  }
  return files.readFile(path)
}
