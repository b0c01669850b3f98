// Writes the pages of docs/ that are made from the sources. Run after a build: npm run docs
import { writeFileSync } from 'node:fs'
import { configurationPage } from '../dist/test/docs/configuration.js'

writeFileSync('docs/configuration.md', configurationPage())
