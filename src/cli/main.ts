#!/usr/bin/env node
// The `tidemill` command.
import { readFileSync } from 'node:fs'
import { runCli } from './program.ts'

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string
}

// Exits even where a user's module keeps the process alive; output that is still on its way goes out first.
void runCli(process.argv.slice(2), manifest.version).then((code) => {
  process.exitCode = code
  process.stdout.write('', () => process.exit(code))
})
