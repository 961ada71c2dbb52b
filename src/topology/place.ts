// Where in the user's program something was declared, for messages: one stack capture a call of the DSL.
import { fileURLToPath } from 'node:url'

/** Our own files: everything beside and below the folder above this one, but for tests, which are users. */
const OWN_ROOT = fileURLToPath(new URL('..', import.meta.url))
/** Where source maps say that they are: frames of a compiled package are in its sources then. */
const OWN_SOURCES = fileURLToPath(new URL('../../src/', import.meta.url))
/** A checkout has both; elsewhere a folder of that name is the user's own. */
const IS_COMPILED = /[\\/]dist[\\/]$/.test(OWN_ROOT)
const FRAME = /\(?((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*?):(\d+):\d+\)?$/

/** `file:line` of the first caller outside of Tidemill; undefined where there is none. Relative to the working directory. */
export function callPlace(): string | undefined {
  const holder: { stack?: string } = {}
  Error.captureStackTrace(holder, callPlace)
  for (const line of (holder.stack ?? '').split('\n')) {
    const match = FRAME.exec(line)
    if (match === null) continue
    const file = filePath(match[1] ?? '')
    if (!isOwn(file)) return `${relativePath(file)}:${match[2]}`
  }
  return undefined
}

function filePath(location: string): string {
  return location.startsWith('file://') ? fileURLToPath(location) : location
}

function isOwn(file: string): boolean {
  return isBelowOwnRoot(file) && !/\.test\.[cm]?[jt]s$/.test(file)
}

function isBelowOwnRoot(file: string): boolean {
  return file.startsWith(OWN_ROOT) || (IS_COMPILED && file.startsWith(OWN_SOURCES))
}

function relativePath(file: string): string {
  const folder = `${process.cwd()}/`
  return file.startsWith(folder) ? file.slice(folder.length) : file
}
