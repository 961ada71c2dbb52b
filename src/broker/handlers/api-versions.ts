// ApiVersions (key 18), versions 0-4. Which APIs are served, and the finalised features: transaction.version=2 makes clients use
// KIP-890 transactions; metadata.version is that of Kafka 4.2.
// - A version that we do not know is answered in version 0 with UNSUPPORTED_VERSION and the list, never by closing: the client
//   tries again lower. The response header is version 0 always.
// - Up to version 3 a feature with minimum 0 breaks old Java clients (KAFKA-17011): minimum 1 there.
// - Produce is advertised from 0 though only 3 and up are served: else librdkafka sends uncompressed batches (KAFKA-18659).
import { ERROR, apiVersionsApi, encodeResponse } from '../../protocol/index.ts'
import { type Handler, type Versions, defineHandler } from '../handler.ts'

export const API_VERSIONS_KEY = 18
const SOFTWARE = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/
const METADATA_VERSION = 29
const FEATURES = [
  { name: 'group.version', level: 1 },
  { name: 'metadata.version', level: METADATA_VERSION },
  { name: 'transaction.version', level: 2 },
] as const

const versions: Versions = { min: 0, max: 4 }
let served: readonly { readonly apiKey: number; readonly minVersion: number; readonly maxVersion: number }[] = []
let features: readonly (typeof FEATURES)[number][] = []

/** Tells the handler what there is; called once, with the table that it is itself part of. */
export function advertise(handlers: readonly Handler[]): void {
  served = handlers.map(({ key, versions: { min, max, advertisedMin } }) => {
    return { apiKey: key, minVersion: advertisedMin ?? min, maxVersion: max }
  })
  const hasNewGroups = handlers.some((handler) => handler.name === 'ConsumerGroupHeartbeat')
  features = FEATURES.filter((feature) => feature.name !== 'group.version' || hasNewGroups)
}

export const apiVersions: Handler = defineHandler(apiVersionsApi, versions, (core, request, { version }) => {
  const isNamed = SOFTWARE.test(request.clientSoftwareName) && SOFTWARE.test(request.clientSoftwareVersion)
  if (version >= 3 && !isNamed) return { errorCode: ERROR.INVALID_REQUEST, apiKeys: [] }
  return {
    errorCode: ERROR.NONE,
    apiKeys: served,
    supportedFeatures: features.map(({ name, level }) => ({
      name,
      minVersion: version >= 4 ? 0 : 1,
      maxVersion: level,
    })),
    finalizedFeaturesEpoch: core.leaderEpoch,
    finalizedFeatures: features.map(({ name, level }) => ({ name, minVersionLevel: level, maxVersionLevel: level })),
  }
})

export function refuseApiVersions(correlationId: number): Buffer[] {
  return encodeResponse(apiVersionsApi, 0, correlationId, { errorCode: ERROR.UNSUPPORTED_VERSION, apiKeys: served })
}
