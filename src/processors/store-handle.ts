// The typed name of a store, as a type: `stores.keyValue(...)` and its like (dsl) make them, processors name them in `stores`
// and hand them to `context.store`. The phantom member carries the face; nothing is there at run time.
import type { KeyValueStore, SessionStore, StoreDefinition, VersionedStore, WindowStore } from '../state/index.ts'

interface HandleBase<in out Face> {
  readonly '~face': (face: Face) => Face
  readonly name: string
  readonly definition: StoreDefinition
}

/** The typed name of a key-value store; made by `stores.keyValue` and `stores.lru`. */
export interface KeyValueHandle<in out K, in out V> extends HandleBase<KeyValueStore<K, V>> {
  readonly kind: 'key-value-handle'
}

/** The typed name of a versioned store; made by `stores.versioned`. */
export interface VersionedHandle<in out K, in out V> extends HandleBase<VersionedStore<K, V>> {
  readonly kind: 'versioned-handle'
}

/** The typed name of a window store; made by `stores.window`. */
export interface WindowHandle<in out K, in out V> extends HandleBase<WindowStore<K, V>> {
  readonly kind: 'window-handle'
}

/** The typed name of a session store; made by `stores.session`. */
export interface SessionHandle<in out K, in out V> extends HandleBase<SessionStore<K, V>> {
  readonly kind: 'session-handle'
}

/** Any store's handle. */
export type StoreHandle =
  | KeyValueHandle<any, any>
  | VersionedHandle<any, any>
  | WindowHandle<any, any>
  | SessionHandle<any, any>

/** What `context.store(handle)` gives. */
export type FaceOf<H extends StoreHandle> = H extends HandleBase<infer Face> ? Face : never
