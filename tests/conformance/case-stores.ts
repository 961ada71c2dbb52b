// The stores of the cases' processors.
import { type StoreHandle, serdes, stores } from 'tidemill'
import type { CaseOp } from './cases.ts'

/** The handle of a store that an op describes. */
export function storeHandle(op: CaseOp): StoreHandle {
  const { store: name, kind, type, longs, caching, logging, windowSizeMs, retentionMs, retainDuplicates } = op
  const lru = /^lru:(\d+)$/.exec(type ?? '')
  const options = {
    key: serdes.string,
    // The case says which of the two; the processor knows.
    value: (longs === true ? serdes.int64 : serdes.string) as typeof serdes.string,
    type: type === 'inMemory' ? 'memory' : 'disk',
    cache: caching ?? false,
    ...(logging === false ? { changelog: false as const } : {}),
  } as const
  switch (kind ?? 'keyValue') {
    case 'keyValue':
    case 'timestampedKeyValue':
    case 'headersKeyValue': {
      const format = keyValueFormat(kind)
      if (lru !== null) return stores.lru(name, { ...options, format, entriesMax: Number(lru[1]) })
      return stores.keyValue(name, { ...options, format })
    }
    case 'window':
    case 'timestampedWindow':
      return stores.window(name, {
        ...options,
        size: windowSizeMs,
        retention: retentionMs,
        retainDuplicates: retainDuplicates ?? false,
        format: kind === 'window' ? 'plain' : 'timestamped',
      })
    case 'session':
      return stores.session(name, { ...options, retention: retentionMs })
    case 'versioned':
      return stores.versioned(name, { ...options, historyRetention: retentionMs })
    default:
      throw new Error(`store kind ${kind}`)
  }
}

function keyValueFormat(kind: string | undefined): 'plain' | 'timestamped' | 'headers' {
  if (kind === 'timestampedKeyValue') return 'timestamped'
  return kind === 'headersKeyValue' ? 'headers' : 'plain'
}
