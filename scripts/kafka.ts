// npm run kafka -- start DIR [PORT]: starts a real Apache Kafka of one node in the background, its data and log in DIR, on PORT (9092)
// and PORT + 1 (its controller). npm run kafka -- stop DIR ends it. Needs Java 17 and Maven, which fetches Kafka's own jars once into the
// user's cache folder. Exit codes: 0 done, 1 failed, 2 wrong call, 3 Java or Maven is missing.
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const KAFKA_VERSION = '4.3.1'
const SLF4J_VERSION = '1.7.36'
const JAVA_MIN = 17
const START_TIMEOUT_MS = 90_000
const STOP_TIMEOUT_MS = 30_000
const USAGE = 'usage: npm run kafka -- start DIR [PORT]\n       npm run kafka -- stop DIR'

/** Ends the program with a message. */
class Failure extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

function cacheDirectory(): string {
  const { env, platform } = process
  const byPlatform =
    platform === 'win32'
      ? (env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'))
      : platform === 'darwin'
        ? join(homedir(), 'Library', 'Caches')
        : join(homedir(), '.cache')
  return join(env['XDG_CACHE_HOME'] ?? byPlatform, 'tidemill', `kafka-${KAFKA_VERSION}`)
}

// On Windows `mvn` is a batch file, which only a shell starts.
const run = (command: string, args: readonly string[]): SpawnSyncReturns<string> =>
  spawnSync(command, args, { encoding: 'utf8', shell: process.platform === 'win32', maxBuffer: 64 * 1024 * 1024 })

function requireJava(): void {
  const { status, stderr } = run('java', ['-version'])
  if (status !== 0)
    throw new Failure(`Kafka needs Java ${JAVA_MIN} or newer, and there is no java on the PATH: install a JDK`, 3)
  const version = Number(/version "(\d+)/.exec(stderr)?.[1])
  if (!(version >= JAVA_MIN))
    throw new Failure(`Kafka needs Java ${JAVA_MIN} or newer, and java on the PATH is ${version}`, 3)
}

function dependency(group: string, artifact: string, version: string): string {
  return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`
}

/** Where the jars are; fetches them with Maven the first time. */
function provideJars(): string {
  const cache = cacheDirectory()
  const jars = join(cache, 'jars')
  const completeMark = join(cache, 'complete')
  if (existsSync(completeMark)) return jars
  if (run('mvn', ['-version']).status !== 0)
    throw new Failure("Kafka's jars are fetched with Maven, and there is no mvn on the PATH: install Maven 3", 3)
  mkdirSync(jars, { recursive: true })
  const pom = join(cache, 'pom.xml')
  const dependencies = [
    dependency('org.apache.kafka', 'kafka_2.13', KAFKA_VERSION),
    dependency('org.apache.kafka', 'kafka-tools', KAFKA_VERSION),
    dependency('org.slf4j', 'slf4j-simple', SLF4J_VERSION),
  ]
  writeFileSync(
    pom,
    `<project><modelVersion>4.0.0</modelVersion><groupId>tidemill</groupId><artifactId>kafka-jars</artifactId><version>1</version>
<dependencies>${dependencies.join('\n')}</dependencies></project>\n`,
  )
  console.log(`fetching Kafka ${KAFKA_VERSION} into ${cache} (about 100 MB, once)`)
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

function serverProperties(dir: string, port: number): string {
  return `${[
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${port + 1}`,
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${port + 1}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names=CONTROLLER',
    'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    // A properties file takes a backslash for an escape.
    `log.dirs=${join(dir, 'data').replaceAll('\\', '/')}`,
    'offsets.topic.replication.factor=1',
    'offsets.topic.num.partitions=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'transaction.state.log.num.partitions=1',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
    'group.min.session.timeout.ms=1000',
    'log.cleaner.dedupe.buffer.size=33554432',
  ].join('\n')}\n`
}

/** An id as Kafka makes them; one that starts with a dash would be taken for an option. */
function clusterId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url')
    if (!id.startsWith('-')) return id
  }
}

async function start(dir: string, port: number): Promise<void> {
  requireJava()
  const running = runningPid(dir)
  if (running !== undefined) throw new Failure(`a Kafka runs on ${dir} already (process ${running}): stop it first`)
  const jars = join(provideJars(), '*')
  mkdirSync(dir, { recursive: true })
  const properties = join(dir, 'server.properties')
  writeFileSync(properties, serverProperties(dir, port))
  if (!existsSync(join(dir, 'data', 'meta.properties'))) {
    const args = ['-cp', jars, 'kafka.tools.StorageTool', 'format', '-t', clusterId(), '-c', properties]
    const format = spawnSync('java', args, { encoding: 'utf8' })
    if (format.status !== 0)
      throw new Failure(`Kafka could not format ${dir}:\n${lastLines(format.stdout + format.stderr, 10)}`)
  }
  const logFile = join(dir, 'kafka.log')
  const log = openSync(logFile, 'w')
  const child = spawn('java', ['-Xms512m', '-Xmx512m', '-cp', jars, 'kafka.Kafka', properties], {
    detached: true,
    stdio: ['ignore', log, log],
  })
  child.unref()
  writeFileSync(join(dir, 'kafka.pid'), String(child.pid))
  for (let waitedMs = 0; !readFileSync(logFile, 'utf8').includes('Kafka Server started'); waitedMs += 100) {
    const hasEnded = child.exitCode !== null
    if (hasEnded || waitedMs >= START_TIMEOUT_MS) {
      if (!hasEnded) child.kill('SIGKILL')
      rmSync(join(dir, 'kafka.pid'), { force: true })
      const what = hasEnded ? `ended with exit code ${child.exitCode}` : `was not ready in ${START_TIMEOUT_MS / 1000} s`
      throw new Failure(`Kafka ${what}; ${logFile} ends with:\n${lastLines(readFileSync(logFile, 'utf8'), 15)}`)
    }
    await sleep(100)
  }
  console.log(`Apache Kafka ${KAFKA_VERSION} is ready on 127.0.0.1:${port} (process ${child.pid}, log in ${logFile})`)
}

async function stop(dir: string): Promise<void> {
  const pid = runningPid(dir)
  if (pid === undefined) {
    console.log(`no Kafka runs on ${dir}`)
    return
  }
  process.kill(pid, 'SIGTERM')
  for (let waitedMs = 0; isAlive(pid); waitedMs += 100) {
    if (waitedMs === STOP_TIMEOUT_MS) process.kill(pid, 'SIGKILL')
    await sleep(100)
  }
  rmSync(join(dir, 'kafka.pid'), { force: true })
  console.log(`Apache Kafka on ${dir} is stopped`)
}

function runningPid(dir: string): number | undefined {
  const file = join(dir, 'kafka.pid')
  if (!existsSync(file)) return undefined
  const pid = Number(readFileSync(file, 'utf8'))
  return Number.isSafeInteger(pid) && pid > 0 && isAlive(pid) && isKafka(pid) ? pid : undefined
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** A process id is used again after a reboot: only what can be seen to be another program is taken for one. */
function isKafka(pid: number): boolean {
  if (process.platform === 'win32') return true
  return run('ps', ['-p', String(pid), '-o', 'args=']).stdout.includes('kafka.Kafka')
}

function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n')
}

async function main([command, dir, portText = '9092', ...rest]: readonly string[]): Promise<void> {
  const port = Number(portText)
  if (dir === undefined || rest.length > 0 || (command !== 'start' && command !== 'stop')) throw new Failure(USAGE, 2)
  if (!Number.isInteger(port) || port < 1 || port > 65_534)
    throw new Failure(`${portText} is not a port below 65535\n${USAGE}`, 2)
  await (command === 'start' ? start(resolve(dir), port) : stop(resolve(dir)))
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof Failure)) throw error
  console.error(error.message)
  process.exitCode = error.exitCode
}
