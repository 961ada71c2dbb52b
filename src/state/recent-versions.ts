// The latest versions of the keys of a versioned store, in memory beside its bytes: joins ask for the one of a record's time, which is
// among the last few, and each put for the latest.
//
// Invariants: the versions of a key that is here cover time without gaps from the first of them on, the last is the latest; of what was
// before, and of other keys, nothing is known. They say what the bytes say, so they may be forgotten at any time.

const RECENT_BYTES_MAX = 16 * 1024 * 1024
const KEY_OVERHEAD_BYTES = 160
const VERSION_OVERHEAD_BYTES = 120
/** Of a key. */
const VERSIONS_MAX = 4

/** Bytes undefined: deleted. */
export interface RecentVersion {
  readonly validFrom: number
  readonly bytes: Buffer | undefined
}

export class RecentVersions {
  readonly #bytesMax: number
  readonly #keys = new Map<unknown, RecentVersion[]>()
  #byteCount = 0

  constructor(bytesMax: number = RECENT_BYTES_MAX) {
    this.#bytesMax = bytesMax
  }

  /** Ascending; undefined: the key is not known. */
  of(mapKey: unknown): readonly RecentVersion[] | undefined {
    return this.#keys.get(mapKey)
  }

  /** `version` is the latest now, and `before` it was `latest`, where there was one. */
  put(mapKey: unknown, version: RecentVersion, latest: RecentVersion | undefined): void {
    let versions = this.#keys.get(mapKey)
    if (versions === undefined) {
      this.#keys.set(mapKey, (versions = latest === undefined ? [] : [latest]))
      this.#byteCount += KEY_OVERHEAD_BYTES + (latest === undefined ? 0 : bytesOf(latest))
    }
    if (versions[versions.length - 1]?.validFrom === version.validFrom) this.#byteCount -= bytesOf(versions.pop())
    versions.push(version)
    this.#byteCount += bytesOf(version)
    if (versions.length > VERSIONS_MAX) this.#byteCount -= bytesOf(versions.shift())
    if (this.#byteCount > this.#bytesMax) this.clear()
  }

  forget(mapKey: unknown): void {
    const versions = this.#keys.get(mapKey)
    if (versions === undefined) return
    this.#byteCount -= versions.reduce((sum, version) => sum + bytesOf(version), KEY_OVERHEAD_BYTES)
    this.#keys.delete(mapKey)
  }

  clear(): void {
    this.#keys.clear()
    this.#byteCount = 0
  }
}

function bytesOf(version: RecentVersion | undefined): number {
  return VERSION_OVERHEAD_BYTES + (version?.bytes?.length ?? 0)
}
