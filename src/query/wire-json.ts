// Questions and answers between instances: JSON, with bytes as {"$bytes": "<base64>"}. What is undefined is left out.

export function encodeWire(value: unknown): string {
  return JSON.stringify(value, function (this: Readonly<Record<string, unknown>>, key, replaced: unknown) {
    // A Buffer has turned itself into something else by now.
    const own = this[key]
    return own instanceof Uint8Array
      ? { $bytes: Buffer.from(own.buffer, own.byteOffset, own.byteLength).toString('base64') }
      : replaced
  })
}

/** What encodeWire() was given, as far as the sender is one of us. */
export function decodeWire(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('$bytes' in value)) return value
    return typeof value.$bytes === 'string' ? Buffer.from(value.$bytes, 'base64') : value
  }) as unknown
}
