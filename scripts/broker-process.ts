// Our broker as a process of its own, for scripts that kill it: the compiled package, with four partitions a topic.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

/** Starts it on a directory; gives its port when it serves. Port 0: a free one. */
export async function runBroker(
  dir: string,
  port: number,
): Promise<{ readonly broker: ChildProcess; readonly port: number }> {
  const args = [cli, '--json', 'broker', '--dir', dir, '--port', String(port), '--partitions', '4']
  const broker = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const line = await new Promise<string>((resolve, reject) => {
    broker.once('exit', (code) => reject(new Error(`the broker ended with exit code ${code}`)))
    createInterface({ input: broker.stdout }).once('line', resolve)
  })
  broker.removeAllListeners('exit')
  return { broker, port: (JSON.parse(line) as { readonly port: number }).port }
}

/** Sends the signal and waits for the end. */
export async function endBroker(broker: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = new Promise((resolve) => broker.once('exit', resolve))
  broker.kill(signal)
  await ended
}
