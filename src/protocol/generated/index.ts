// Made by `npm run generate` from ../schema: change the table there.
import type { AnyApi } from '../api.ts'
import { produceApi, fetchApi, listOffsetsApi, offsetForLeaderEpochApi, deleteRecordsApi } from './records.ts'
import { apiVersionsApi, metadataApi, describeClusterApi, describeTopicPartitionsApi, createTopicsApi, deleteTopicsApi, createPartitionsApi, describeConfigsApi, incrementalAlterConfigsApi, describeLogDirsApi, describeAclsApi, saslHandshakeApi, saslAuthenticateApi, getTelemetrySubscriptionsApi, pushTelemetryApi } from './cluster.ts'
import { findCoordinatorApi, joinGroupApi, syncGroupApi, heartbeatApi, leaveGroupApi, offsetCommitApi, offsetFetchApi, offsetDeleteApi, describeGroupsApi, listGroupsApi, deleteGroupsApi } from './groups.ts'
import { consumerGroupHeartbeatApi, consumerGroupDescribeApi, streamsGroupHeartbeatApi, streamsGroupDescribeApi } from './broker-side-groups.ts'
import { initProducerIdApi, addPartitionsToTxnApi, addOffsetsToTxnApi, txnOffsetCommitApi, endTxnApi, writeTxnMarkersApi, describeProducersApi, describeTransactionsApi, listTransactionsApi } from './transactions.ts'

export * from './records.ts'
export * from './cluster.ts'
export * from './groups.ts'
export * from './broker-side-groups.ts'
export * from './transactions.ts'
export * from './data.ts'

/** Every API that there is a codec for, by key. */
export const apis: ReadonlyMap<number, AnyApi> = new Map<number, AnyApi>(
  [produceApi, fetchApi, listOffsetsApi, offsetForLeaderEpochApi, deleteRecordsApi, apiVersionsApi, metadataApi, describeClusterApi, describeTopicPartitionsApi, createTopicsApi, deleteTopicsApi, createPartitionsApi, describeConfigsApi, incrementalAlterConfigsApi, describeLogDirsApi, describeAclsApi, saslHandshakeApi, saslAuthenticateApi, getTelemetrySubscriptionsApi, pushTelemetryApi, findCoordinatorApi, joinGroupApi, syncGroupApi, heartbeatApi, leaveGroupApi, offsetCommitApi, offsetFetchApi, offsetDeleteApi, describeGroupsApi, listGroupsApi, deleteGroupsApi, consumerGroupHeartbeatApi, consumerGroupDescribeApi, streamsGroupHeartbeatApi, streamsGroupDescribeApi, initProducerIdApi, addPartitionsToTxnApi, addOffsetsToTxnApi, txnOffsetCommitApi, endTxnApi, writeTxnMarkersApi, describeProducersApi, describeTransactionsApi, listTransactionsApi].map((api): [number, AnyApi] => [api.key, api]),
)
