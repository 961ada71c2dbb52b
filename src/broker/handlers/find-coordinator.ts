// FindCoordinator (key 10), versions 0-6. Always this node, for groups (type 0) and transactional ids (type 1); from 4 on several keys.
// Other types (2, share groups) are refused: they are not served.
import { ERROR, findCoordinatorApi } from '../../protocol/index.ts'
import { NODE_ID } from '../core.ts'
import { type Handler, defineHandler } from '../handler.ts'

const GROUP = 0
const TRANSACTION = 1

export const findCoordinator: Handler = defineHandler(
  findCoordinatorApi,
  { min: 0, max: 6 },
  (core, request, { version }) => {
    const find = (
      key: string,
    ): { nodeId: number; host: string; port: number; errorCode: number; errorMessage: string | null } => {
      if (request.keyType !== GROUP && request.keyType !== TRANSACTION) {
        const errorMessage = `Coordinators of type ${request.keyType} are not served.`
        return { nodeId: -1, host: '', port: -1, errorCode: ERROR.INVALID_REQUEST, errorMessage }
      }
      if (key === '' && request.keyType === TRANSACTION) {
        const errorMessage = 'A transactional id must not be empty.'
        return { nodeId: -1, host: '', port: -1, errorCode: ERROR.INVALID_REQUEST, errorMessage }
      }
      return { nodeId: NODE_ID, ...core.advertised, errorCode: ERROR.NONE, errorMessage: null }
    }
    if (version < 4) return find(request.key)
    return { coordinators: request.coordinatorKeys.map((key) => ({ key, ...find(key) })) }
  },
)
