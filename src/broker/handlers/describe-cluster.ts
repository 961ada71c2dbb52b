// DescribeCluster (key 60), versions 0-2. The one node; endpoint type 2 (controllers) is not for clients of a broker.
import { ERROR, describeClusterApi } from '../../protocol/index.ts'
import { NODE_ID } from '../core.ts'
import { type Handler, defineHandler } from '../handler.ts'

const BROKERS = 1

export const describeCluster: Handler = defineHandler(describeClusterApi, { min: 0, max: 2 }, (core, request) => {
  if (request.endpointType !== BROKERS) {
    const errorMessage = `This endpoint knows brokers (type 1), not endpoints of type ${request.endpointType}.`
    return { errorCode: ERROR.MISMATCHED_ENDPOINT_TYPE, errorMessage, clusterId: '', brokers: [] }
  }
  return {
    errorCode: ERROR.NONE,
    clusterId: core.catalog.clusterId,
    controllerId: NODE_ID,
    brokers: [{ brokerId: NODE_ID, ...core.advertised }],
  }
})
