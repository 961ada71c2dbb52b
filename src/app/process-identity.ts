// Which process this is, so that another can tell whether it still lives: a process id alone is given out again. The start time
// is whatever the system tells about it, as text that is only ever compared.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface ProcessIdentity {
  readonly pid: number
  /** '' where the system does not tell. */
  readonly startTime: string
}

let own: ProcessIdentity | undefined

export function ownIdentity(): ProcessIdentity {
  return (own ??= { pid: process.pid, startTime: startTimeOf(process.pid) ?? '' })
}

/** Some process with that id and that start time is running. */
export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  if (!exists(pid)) return false
  const now = startTimeOf(pid)
  return now === undefined || startTime === '' || now === startTime
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it lives, and belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function startTimeOf(pid: number): string | undefined {
  try {
    return process.platform === 'linux' ? linuxStartTime(pid) : commandStartTime(pid)
  } catch {
    return undefined
  }
}

function linuxStartTime(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  // The second field is the command in parentheses, which may hold anything; the start is the 22nd, in ticks since boot.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // A zombie holds nothing any more.
  if (fields[0] === 'Z') return 'zombie'
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()} ${fields[19]}`
}

function commandStartTime(pid: number): string {
  if (process.platform === 'win32') {
    const script = `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`
    return outputOf('powershell.exe', ['-NoProfile', '-Command', script])
  }
  return outputOf('ps', ['-o', 'lstart=', '-p', String(pid)])
}

function outputOf(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'latin1', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
}
