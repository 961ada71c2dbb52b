// --security FILE: SecurityOptions as JSON. Certificates and keys are PEM texts or paths beside the file; a text `env:NAME` is taken from
// the environment, so that no password need lie in a file.
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { TidemillError } from '../base/index.ts'
import type { SecurityOptions } from '../client/index.ts'

const ENVIRONMENT = 'env:'
const PEM_NAMES: ReadonlySet<string> = new Set(['ca', 'cert', 'key'])

/** @throws TidemillError `invalid-config` where a file cannot be read or is no JSON, or a variable is not set */
export function readSecurityFile(path: string): SecurityOptions {
  const text = readText(path, '--security')
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    throw invalid(`${path} is no JSON: ${messageOf(error)}`)
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw invalid(
      `${path} must hold an object such as { "tls": { "ca": "ca.pem" }, "sasl": { "mechanism": "PLAIN", ... } }`,
    )
  // What is in it is checked where all options are.
  return resolveTexts(parsed, '', dirname(resolve(path))) as SecurityOptions
}

function resolveTexts(value: unknown, name: string, directory: string): unknown {
  if (typeof value === 'string') return resolveText(value, name, directory)
  if (Array.isArray(value)) return value.map((each) => resolveTexts(each, name, directory))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolveTexts(each, key, directory)]))
}

function resolveText(text: string, name: string, directory: string): string {
  const plain = text.startsWith(ENVIRONMENT) ? fromEnvironment(text.slice(ENVIRONMENT.length), name) : text
  if (!PEM_NAMES.has(name) || plain.includes('-----BEGIN ')) return plain
  return readText(resolve(directory, plain), name)
}

function fromEnvironment(variable: string, name: string): string {
  const value = process.env[variable]
  if (value !== undefined) return value
  throw invalid(`${name} is to come from the environment, but ${variable} is not set`)
}

function readText(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw invalid(`${what} names ${path}, which cannot be read: ${messageOf(error)}`)
  }
}

function invalid(message: string): TidemillError {
  return new TidemillError('invalid-config', message)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
