// The four codecs of record batches, synchronous once loaded. What comes out of decompression has a limit, whatever the data claims.
import * as zlib from 'node:zlib'
import { TidemillError, unreachable } from '../base/index.ts'
import { compressLz4, decompressLz4 } from './compression/lz4.ts'
import { compressSnappy, decompressSnappy } from './compression/snappy.ts'
import { compressZstd, decompressZstd, loadZstd } from './compression/zstd.ts'

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** Records of one batch that decompress to more than this are refused. Kafka's batches are 1 MB and less unless told otherwise. */
export const DECOMPRESSED_BYTES_MAX: number = 128 * 1024 * 1024

/**
 * Loads what cannot be loaded synchronously: zstd on a Node whose zlib has none. Await it once in each thread before record batches are
 * read or built; may be called again.
 */
export function loadCompression(): Promise<void> {
  return loadZstd()
}

/** Compresses `bytes[start, end)`. */
export function compress(compression: Compression, bytes: Buffer, start = 0, end: number = bytes.length): Buffer {
  const input = bytes.subarray(start, end)
  switch (compression) {
    case 'none':
      return input
    case 'gzip':
      return zlib.gzipSync(input)
    case 'snappy':
      return compressSnappy(input)
    case 'lz4':
      return compressLz4(input)
    case 'zstd':
      return compressZstd(input)
    default:
      return unreachable(compression)
  }
}

/** Decompresses `bytes[start, end)`; the result is a buffer of its own (but for 'none'). */
export function decompress(
  compression: Compression,
  bytes: Buffer,
  start = 0,
  end: number = bytes.length,
  sizeMax: number = DECOMPRESSED_BYTES_MAX,
): Buffer {
  const input = bytes.subarray(start, end)
  switch (compression) {
    case 'none':
      return input
    case 'gzip':
      return decompressGzip(input, sizeMax)
    case 'snappy':
      return decompressSnappy(input, sizeMax)
    case 'lz4':
      return decompressLz4(input, sizeMax)
    case 'zstd':
      return decompressZstd(input, sizeMax)
    default:
      return unreachable(compression)
  }
}

function decompressGzip(input: Buffer, sizeMax: number): Buffer {
  try {
    return zlib.gunzipSync(input, { maxOutputLength: sizeMax })
  } catch (cause) {
    const isTooLarge = cause instanceof RangeError
    const what = isTooLarge ? `decompress to more than ${sizeMax} bytes` : 'are not valid gzip data'
    throw new TidemillError('invalid-wire-data', `${input.length} bytes ${what}`, { cause })
  }
}
