import { TidemillError } from '../base/index.ts'
import type { StoreBase, StoreEngine, StoreType } from '../state/index.ts'

/** What the option `type` of a store says of its definition. */
export function keptBy(name: string, type: StoreType | StoreEngine): Pick<StoreBase, 'type' | 'engine'> {
  if (type === 'disk' || type === 'memory') return { type, engine: undefined }
  // Whoever does not check types may give anything.
  const engine = type as Partial<StoreEngine> | null
  if (typeof engine === 'object' && typeof engine?.open === 'function' && isType(engine.type)) {
    return { type: engine.type, engine: type }
  }
  throw new TidemillError(
    'invalid-argument',
    `type of store '${name}' is ${typeof type === 'string' ? `'${String(type)}'` : typeof type}: it must be 'disk', 'memory' or ` +
      `an engine, an object with a type ('disk' or 'memory') and a function open`,
  )
}

function isType(type: unknown): type is StoreType {
  return type === 'disk' || type === 'memory'
}
