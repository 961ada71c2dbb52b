// npm run picture: makes docs/demo.svg, the README's picture, of the last page of a real run of the demo.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'tidemill-picture-'))
mkdirSync(join(root, 'docs'), { recursive: true })
const cli = join(root, 'dist', 'cli', 'main.js')
const picture = join(root, 'docs', 'demo.svg')
execFileSync(process.execPath, [cli, 'demo', '--dir', './tidemill-demo', '--for', '20s', '--picture', picture], {
  cwd: scratch,
  stdio: 'inherit',
})
rmSync(scratch, { recursive: true, force: true })
