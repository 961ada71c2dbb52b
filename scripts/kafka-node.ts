// Real Apache Kafka brokers as processes, each with its settings, data and log in a directory of its own. Needs Java 17 and Maven, which
// fetches Kafka's own jars once into the user's cache folder.
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

/** The two that everything is tested on. */
export const KAFKA_VERSIONS: readonly [string, string] = ['4.3.1', '3.9.2']
const SLF4J_VERSION = '1.7.36'
const JAVA_MIN = 17
/** Versions before 4 log with log4j, which says nothing unless it is told to. */
const LOG_SETTINGS = `log4j.rootLogger=INFO, console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=[%t] %p %c - %m%n
`
const START_TIMEOUT_MS = 90_000
const STOP_TIMEOUT_MS = 30_000

/** What the user must see instead of a stack. Exit codes: 1 failed, 2 wrong call, 3 Java or Maven is missing. */
export class Failure extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

export interface NodeOptions {
  readonly dir: string
  /** Of the plain listener; its controller listens on `controllerPort`. */
  readonly port: number
  readonly controllerPort: number
  /** @defaultValue 1 */
  readonly id?: number
  /** `ID@HOST:PORT` of every controller. @defaultValue itself */
  readonly voters?: string
  /** Equal for all nodes of a cluster. @defaultValue a new one */
  readonly clusterId?: string
  /** @defaultValue the newest */
  readonly version?: string
  /** Added to its settings, or in their place. */
  readonly properties?: Readonly<Record<string, string>>
  /** Added to `kafka-storage format`, such as users with passwords. */
  readonly formatArguments?: readonly string[]
  /** Starts faster and takes less memory, for a broker that will not have much to do. @defaultValue false */
  readonly isLight?: boolean
}

// On Windows `mvn` is a batch file, which only a shell starts.
export const run = (command: string, args: readonly string[]): SpawnSyncReturns<string> =>
  spawnSync(command, args, { encoding: 'utf8', shell: process.platform === 'win32', maxBuffer: 64 * 1024 * 1024 })

function cacheDirectory(name: string): string {
  const { env, platform } = process
  const byPlatform =
    platform === 'win32'
      ? (env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'))
      : platform === 'darwin'
        ? join(homedir(), 'Library', 'Caches')
        : join(homedir(), '.cache')
  return join(env['XDG_CACHE_HOME'] ?? byPlatform, 'tidemill', name)
}

function requireJava(): void {
  const { status, stderr } = run('java', ['-version'])
  if (status !== 0)
    throw new Failure(`Kafka needs Java ${JAVA_MIN} or newer, and there is no java on the PATH: install a JDK`, 3)
  const version = Number(/version "(\d+)/.exec(stderr)?.[1])
  if (!(version >= JAVA_MIN))
    throw new Failure(`Kafka needs Java ${JAVA_MIN} or newer, and java on the PATH is ${version}`, 3)
}

/** A folder with the jars of Maven artifacts (GROUP:ARTIFACT:VERSION) and all that they need; fetched the first time. */
export function provideJars(name: string, artifacts: readonly string[]): string {
  const cache = cacheDirectory(name)
  const jars = join(cache, 'jars')
  const completeMark = join(cache, 'complete')
  if (existsSync(completeMark)) return jars
  if (run('mvn', ['-version']).status !== 0)
    throw new Failure("Kafka's jars are fetched with Maven, and there is no mvn on the PATH: install Maven 3", 3)
  mkdirSync(jars, { recursive: true })
  const pom = join(cache, 'pom.xml')
  const dependencies = artifacts.map((each) => {
    const [group, artifact, version] = each.split(':')
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`
  })
  writeFileSync(
    pom,
    `<project><modelVersion>4.0.0</modelVersion><groupId>tidemill</groupId><artifactId>kafka-jars</artifactId><version>1</version>
<dependencies>${dependencies.join('\n')}</dependencies></project>\n`,
  )
  console.log(`fetching ${artifacts[0]} into ${cache} (about 100 MB, once)`)
  const result = run('mvn', [
    '--batch-mode',
    '--file',
    pom,
    'dependency:copy-dependencies',
    '-DincludeScope=runtime',
    `-DoutputDirectory=${jars}`,
  ])
  if (result.status !== 0) throw new Failure(`Maven could not fetch Kafka's jars:\n${lastLines(result.stdout, 15)}`)
  writeFileSync(completeMark, '')
  return jars
}

/** Kafka's broker and tools, as a class path. */
export function kafkaClassPath(version: string = KAFKA_VERSIONS[0]): string {
  requireJava()
  const jars = provideJars(`kafka-${version}`, [
    `org.apache.kafka:kafka_2.13:${version}`,
    `org.apache.kafka:kafka-tools:${version}`,
    `org.slf4j:slf4j-simple:${SLF4J_VERSION}`,
  ])
  return join(jars, '*')
}

function serverProperties(options: NodeOptions): string {
  const { dir, port, controllerPort, id = 1, voters = `${id}@127.0.0.1:${controllerPort}`, properties = {} } = options
  const own: Readonly<Record<string, string>> = {
    'process.roles': 'broker,controller',
    'node.id': String(id),
    'controller.quorum.voters': voters,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': join(dir, 'data'),
    // Tests write records of fixed times, which are old by now: none is to be deleted for its age.
    'log.retention.ms': '-1',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'log.cleaner.dedupe.buffer.size': '33554432',
  }
  const lines = Object.entries({ ...own, ...properties }).map(
    // A properties file takes a backslash for an escape.
    ([name, value]) => `${name}=${value.replaceAll('\\', '/').replaceAll('\n', '\\n')}`,
  )
  return `${lines.join('\n')}\n`
}

/** An id as Kafka makes them; one that starts with a dash would be taken for an option. */
export function newClusterId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url')
    if (!id.startsWith('-')) return id
  }
}

/** Starts a broker in the background, formatting its directory the first time, and waits until it serves. */
export async function startNode(options: NodeOptions): Promise<number> {
  const {
    dir,
    version = KAFKA_VERSIONS[0],
    clusterId = newClusterId(),
    formatArguments = [],
    isLight = false,
  } = options
  const running = runningPid(dir)
  if (running !== undefined) throw new Failure(`a Kafka runs on ${dir} already (process ${running}): stop it first`)
  const classPath = kafkaClassPath(version)
  mkdirSync(dir, { recursive: true })
  const properties = join(dir, 'server.properties')
  writeFileSync(properties, serverProperties(options))
  if (!existsSync(join(dir, 'data', 'meta.properties'))) {
    const args = ['-cp', classPath, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties]
    const format = spawnSync('java', [...args, ...formatArguments], { encoding: 'utf8' })
    if (format.status !== 0)
      throw new Failure(`Kafka could not format ${dir}:\n${lastLines(format.stdout + format.stderr, 10)}`)
  }
  const logSettings = join(dir, 'log4j.properties')
  writeFileSync(logSettings, LOG_SETTINGS)
  const logFile = join(dir, 'kafka.log')
  const log = openSync(logFile, 'w')
  const memory = isLight ? ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'] : ['-Xms512m', '-Xmx512m']
  const logging = `-Dlog4j.configuration=${pathToFileURL(logSettings).href}`
  const child = spawn('java', [...memory, logging, '-cp', classPath, 'kafka.Kafka', properties], {
    detached: true,
    stdio: ['ignore', log, log],
  })
  child.unref()
  const pid = child.pid ?? 0
  writeFileSync(join(dir, 'kafka.pid'), String(pid))
  for (let waitedMs = 0; !readFileSync(logFile, 'utf8').includes('Kafka Server started'); waitedMs += 100) {
    const hasEnded = child.exitCode !== null || child.signalCode !== null
    if (hasEnded || waitedMs >= START_TIMEOUT_MS) {
      if (!hasEnded) child.kill('SIGKILL')
      rmSync(join(dir, 'kafka.pid'), { force: true })
      const what = hasEnded ? `ended with exit code ${child.exitCode}` : `was not ready in ${START_TIMEOUT_MS / 1000} s`
      throw new Failure(`Kafka ${what}; ${logFile} ends with:\n${lastLines(readFileSync(logFile, 'utf8'), 15)}`)
    }
    await sleep(100)
  }
  return pid
}

/** Ends the broker of a directory; false where none runs. One that does not end in time is killed. */
export async function stopNode(dir: string, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<boolean> {
  const pid = runningPid(dir)
  if (pid === undefined) return false
  process.kill(pid, signal)
  for (let waitedMs = 0; isAlive(pid); waitedMs += 100) {
    if (waitedMs === STOP_TIMEOUT_MS) process.kill(pid, 'SIGKILL')
    await sleep(100)
  }
  rmSync(join(dir, 'kafka.pid'), { force: true })
  return true
}

export function runningPid(dir: string): number | undefined {
  const file = join(dir, 'kafka.pid')
  if (!existsSync(file)) return undefined
  const pid = Number(readFileSync(file, 'utf8'))
  return Number.isSafeInteger(pid) && pid > 0 && isAlive(pid) && isKafka(pid) ? pid : undefined
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !isZombie(pid)
  } catch {
    return false
  }
}

/** A child that ended and that nobody has asked for yet; it holds nothing any more. */
function isZombie(pid: number): boolean {
  if (process.platform === 'win32') return false
  return run('ps', ['-p', String(pid), '-o', 'stat=']).stdout.startsWith('Z')
}

/** A process id is used again after a reboot: only what can be seen to be another program is taken for one. */
function isKafka(pid: number): boolean {
  if (process.platform === 'win32') return true
  return run('ps', ['-p', String(pid), '-o', 'args=']).stdout.includes('kafka.Kafka')
}

export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n')
}
