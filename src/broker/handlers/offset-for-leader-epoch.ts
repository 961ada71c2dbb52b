// OffsetForLeaderEpoch (key 23), versions 2-4. Where an epoch ended here: the start of the next one, or the log's end for the newest.
// - currentLeaderEpoch -1 means no fencing; replicaId -1 and -2 are both consumers. An epoch that is not known: -1/-1.
import { ERROR, offsetForLeaderEpochApi } from '../../protocol/index.ts'
import { type Handler, defineHandler } from '../handler.ts'
import { leaderEpochError } from './fetch.ts'

export const offsetForLeaderEpoch: Handler = defineHandler(
  offsetForLeaderEpochApi,
  { min: 2, max: 4 },
  (core, request) => ({
    topics: request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }) => {
        const log = core.catalog.log(topic, partition)
        if (log === undefined) return { partition, errorCode: ERROR.UNKNOWN_TOPIC_OR_PARTITION }
        const errorCode = leaderEpochError(core.leaderEpoch, currentLeaderEpoch)
        if (errorCode !== ERROR.NONE) return { partition, errorCode }
        // The epoch of this start may have no records yet: it ends where the log does.
        const isCurrent = leaderEpoch === core.leaderEpoch
        const known = log.epochs.endOffsetFor(leaderEpoch, log.highWatermark)
        const end = isCurrent ? { epoch: leaderEpoch, endOffset: log.highWatermark } : known
        return { partition, errorCode, leaderEpoch: end?.epoch ?? -1, endOffset: end?.endOffset ?? -1 }
      }),
    })),
  }),
)
