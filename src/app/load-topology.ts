// A topology by URL: the module's default export, else its export `topology`, is a Topology or a function (possibly async) that
// returns one; MODULE#name picks another export. The export `options` holds the functions that threads call.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isMainThread } from 'node:worker_threads'
import { TidemillError } from '../base/index.ts'
import type { Topology } from '../topology/index.ts'
import type { StreamsOptions } from './streams-options.ts'

/** What a module may say itself: functions cannot be sent to a worker. */
export type ModuleOptions = Pick<StreamsOptions, (typeof MODULE_OPTIONS)[number]>

export interface LoadedTopology {
  readonly topology: Topology
  readonly options: ModuleOptions
}

/** Options that are functions and are called per record or per rebalance. */
export const MODULE_OPTIONS = ['assignor', 'onDeserializationError', 'onProcessingError', 'onProductionError'] as const

/**
 * Imports a module and takes its topology.
 *
 * @param module a path or a URL; `#name` at its end picks an export
 * @throws TidemillError `no-topology` with what the module exports; `module-not-loaded`
 */
export async function loadTopology(module: string | URL): Promise<Topology> {
  return (await loadModule(module)).topology
}

export async function loadModule(module: string | URL): Promise<LoadedTopology> {
  const { url, name } = locate(module)
  const exports = await importModule(url)
  const where = url.protocol === 'file:' ? fileURLToPath(url) : url.href
  const topology = await topologyOf(pick(exports, name, where), where)
  return { topology, options: optionsOf(exports, where) }
}

/** A path from the current directory, or a URL, and the name after `#`. */
function locate(module: string | URL): { readonly url: URL; readonly name: string | undefined } {
  if (module instanceof URL || /^[a-z]+:\/\//i.test(module)) {
    const url = new URL(module)
    const name = url.hash === '' ? undefined : decodeURIComponent(url.hash.slice(1))
    url.hash = ''
    return { url, name }
  }
  const hash = module.lastIndexOf('#')
  const path = resolve(hash < 0 ? module : module.slice(0, hash))
  if (!existsSync(path)) throw new TidemillError('module-not-loaded', `there is no file ${path}`)
  return { url: pathToFileURL(path), name: hash < 0 ? undefined : module.slice(hash + 1) }
}

async function importModule(url: URL): Promise<Readonly<Record<string, unknown>>> {
  if (/\.[cm]?ts$/.test(url.pathname)) await registerTypeScript()
  try {
    return (await import(url.href)) as Readonly<Record<string, unknown>>
  } catch (error) {
    if (error instanceof TidemillError) throw error
    const message = error instanceof Error ? error.message : String(error)
    throw new TidemillError('module-not-loaded', `${url.href} could not be imported: ${message}`, { cause: error })
  }
}

/** Lets this thread import TypeScript, where Node does not strip types itself. */
export async function registerTypeScript(): Promise<void> {
  if (canImportTypeScript()) return
  try {
    // Not a literal: tsx is the user's to install, and its absence is no compile error.
    const specifier = 'tsx/esm/api'
    const api = (await import(specifier)) as { register(): unknown }
    api.register()
  } catch (error) {
    throw new TidemillError(
      'module-not-loaded',
      `Node ${process.versions.node} cannot import TypeScript by itself: install tsx (npm install tsx), ` +
        'use Node 22.18 or newer, or compile the module to JavaScript',
      { cause: error },
    )
  }
}

function canImportTypeScript(): boolean {
  const { features, execArgv } = process
  if ((features as { readonly typescript?: string | false }).typescript) return true
  // This very file was imported as TypeScript.
  if (import.meta.url.endsWith('.ts')) return true
  // The process was started through tsx: a worker inherits the arguments, but not the loader.
  return isMainThread && execArgv.some((argument) => argument.includes('tsx'))
}

function pick(exports: Readonly<Record<string, unknown>>, name: string | undefined, where: string): unknown {
  const found = name === undefined ? (exports['default'] ?? exports['topology']) : exports[name]
  if (found !== undefined) return found
  const wanted = name === undefined ? "no default export and none called 'topology'" : `no export called '${name}'`
  throw noTopology(`${where} has ${wanted}`, exports)
}

function noTopology(what: string, exports: Readonly<Record<string, unknown>>): TidemillError {
  const names = Object.keys(exports)
  const list = names.length === 0 ? 'nothing' : names.map((name) => `'${name}'`).join(', ')
  return new TidemillError(
    'no-topology',
    `${what}; it exports ${list}. Export a Topology (builder.build()) or a function that returns one, or pick an export with MODULE#name`,
  )
}

async function topologyOf(value: unknown, where: string): Promise<Topology> {
  const made: unknown = typeof value === 'function' ? await (value as () => unknown)() : value
  if (isTopology(made)) return made
  const what = typeof value === 'function' ? `the function that ${where} exports gave` : `${where} exports`
  const hint = hasBuild(made) ? ': call build() on the builder' : ''
  throw new TidemillError('no-topology', `${what} something that is no Topology${hint}`)
}

function isTopology(value: unknown): value is Topology {
  return typeof value === 'object' && value !== null && (value as { readonly kind?: unknown }).kind === 'topology'
}

function hasBuild(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && typeof (value as { readonly build?: unknown }).build === 'function'
  )
}

function optionsOf(exports: Readonly<Record<string, unknown>>, where: string): ModuleOptions {
  const options = exports['options'] ?? {}
  const wrong = Object.keys(options as object).find((name) => !MODULE_OPTIONS.some((each) => each === name))
  if (wrong === undefined) return options as ModuleOptions
  throw new TidemillError(
    'invalid-config',
    `the export 'options' of ${where} has '${wrong}': it may have ${MODULE_OPTIONS.join(', ')}; all others are given to new Streams()`,
  )
}
