// Runs a TypeScript compiler in a folder, and reads its errors.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

export interface CompilerError {
  readonly file: string
  readonly line: number
  /** `TS2345` */
  readonly code: string
  /** All lines of it. */
  readonly message: string
}

/** What the compiler prints about a folder with a tsconfig.json. @defaultValue the native compiler: a sixth of the time */
export function runCompiler(folder: string, compiler: string = 'typescript7', ...options: readonly string[]): string {
  const tsc = join(root, 'node_modules', compiler, 'bin/tsc')
  try {
    return execFileSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false', ...options], {
      encoding: 'utf8',
      cwd: folder,
    })
  } catch (error) {
    // Exit code 2: there are errors, which is what is asked for.
    return (error as { readonly stdout: string }).stdout
  }
}

export function compilerErrors(output: string): readonly CompilerError[] {
  const errors: { file: string; line: number; code: string; message: string }[] = []
  for (const text of output.split('\n')) {
    const match = /^(\S+)\((\d+),\d+\): error (TS\d+): (.*)$/.exec(text)
    if (match !== null) {
      const [, file = '', line, code = '', message = ''] = match
      errors.push({ file, line: Number(line), code, message })
    }
    const last = errors.at(-1)
    if (text.startsWith('  ') && last !== undefined) last.message += `\n${text}`
  }
  return errors
}
