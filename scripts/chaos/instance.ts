// One instance of the application under test: a process that is killed, stopped in its tracks and cut off, and started again.
import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ChaosProxy } from './proxy.ts'

const APP = fileURLToPath(new URL('../../tests/kafka/chaos-app.ts', import.meta.url))

export interface InstanceOptions {
  readonly number: number
  readonly dir: string
  readonly brokerPorts: readonly number[]
  readonly guarantee: string
  readonly threads: string
}

export class Instance {
  readonly number: number
  readonly proxy: ChaosProxy
  readonly logFile: string
  /** What it did that nobody asked it to. */
  readonly surprises: string[] = []
  readonly #options: InstanceOptions
  #process: ChildProcess | undefined
  #isEnding = false

  private constructor(options: InstanceOptions, proxy: ChaosProxy) {
    this.number = options.number
    this.logFile = join(options.dir, `instance-${options.number}.log`)
    this.#options = options
    this.proxy = proxy
  }

  static async start(options: InstanceOptions): Promise<Instance> {
    const instance = new Instance(options, await ChaosProxy.start(options.brokerPorts))
    instance.run()
    return instance
  }

  get isRunning(): boolean {
    return this.#process !== undefined
  }

  run(): void {
    const { number, dir, guarantee, threads } = this.#options
    this.#isEnding = false
    const log = createWriteStream(this.logFile, { flags: 'a' })
    // From outside of the checkout, where `tidemill` is the compiled package as its users have it.
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), APP], {
      cwd: dir,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        BOOTSTRAP: this.proxy.bootstrap,
        GUARANTEE: guarantee,
        THREADS: threads,
        STATE_DIR: join(dir, `state-${number}`),
      },
    })
    this.#process = child
    child.stderr.pipe(log)
    child.once('exit', (code, signal) => {
      this.#process = undefined
      if (!this.#isEnding) this.surprises.push(`instance ${number} ended by itself (${signal ?? `exit code ${code}`})`)
    })
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.kill(signal)
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#isEnding = true
    const child = this.#process
    if (child === undefined) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }
}
