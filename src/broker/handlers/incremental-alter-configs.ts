// IncrementalAlterConfigs (key 44), versions 0-1. Topics only: the broker's own configs are options of its start. Operations: 0 set,
// 1 delete, 2 append and 3 subtract (lists). All changes of a topic are checked before any is made; validateOnly makes none.
import { TidemillError } from '../../base/index.ts'
import { ERROR, type IncrementalAlterConfigsRequest, incrementalAlterConfigsApi } from '../../protocol/index.ts'
import { type ConfigDefinition, TOPIC_CONFIGS, configProblem } from '../config-table.ts'
import type { BrokerCore } from '../core.ts'
import { type Handler, defineHandler } from '../handler.ts'
import { topicConfig } from '../topic.ts'
import { RESOURCE } from './describe-configs.ts'

type Resource = IncrementalAlterConfigsRequest['resources'][number]
type Change = Resource['configs'][number]

const OPERATION = { set: 0, delete: 1, append: 2, subtract: 3 } as const

class Refusal {
  readonly errorCode: number
  readonly errorMessage: string
  constructor(errorCode: number, errorMessage: string) {
    this.errorCode = errorCode
    this.errorMessage = errorMessage
  }
}

export const incrementalAlterConfigs: Handler = defineHandler(
  incrementalAlterConfigsApi,
  { min: 0, max: 1 },
  (core, request) => ({
    responses: request.resources.map((resource) => {
      const { resourceType, resourceName } = resource
      const refusal = alter(core, resource, request.validateOnly)
      const { errorCode, errorMessage } = refusal ?? { errorCode: ERROR.NONE, errorMessage: null }
      return { errorCode, errorMessage, resourceType, resourceName }
    }),
  }),
)

function alter(core: BrokerCore, resource: Resource, isOnlyValidated: boolean): Refusal | undefined {
  if (resource.resourceType !== RESOURCE.topic) {
    const what = 'Only configs of topics can be changed while the broker runs; its own are options of its start.'
    return new Refusal(ERROR.INVALID_REQUEST, what)
  }
  const topic = core.catalog.topics.get(resource.resourceName)
  if (topic === undefined)
    return new Refusal(ERROR.UNKNOWN_TOPIC_OR_PARTITION, `There is no topic ${resource.resourceName}.`)
  const configs: Record<string, string> = { ...topic.entry.configs }
  for (const change of resource.configs) {
    const current = topicConfig(configs, core.configs, change.name)
    const value = changed(change, current)
    if (value instanceof Refusal) return value
    if (value === undefined) delete configs[change.name]
    else configs[change.name] = value
  }
  if (isOnlyValidated) return undefined
  try {
    core.catalog.update((entries) => void entries.set(topic.name, { ...topic.entry, configs }))
  } catch (error) {
    if (!(error instanceof TidemillError)) throw error
    return new Refusal(ERROR.KAFKA_STORAGE_ERROR, error.message)
  }
  return undefined
}

/** The new value; undefined when the topic's own goes. */
function changed(change: Change, current: string): string | undefined | Refusal {
  const definition = TOPIC_CONFIGS.get(change.name)
  if (definition === undefined) return new Refusal(ERROR.INVALID_CONFIG, `Unknown topic config name: ${change.name}`)
  if (change.configOperation === OPERATION.delete) return undefined
  if (change.value === null) return new Refusal(ERROR.INVALID_CONFIG, `Null value not supported for ${change.name}`)
  const value = combined(definition, change.configOperation, current, change.value)
  if (value instanceof Refusal) return value
  const problem = configProblem(definition, value)
  return problem === undefined ? value : new Refusal(ERROR.INVALID_CONFIG, problem)
}

function combined(definition: ConfigDefinition, operation: number, current: string, value: string): string | Refusal {
  if (operation === OPERATION.set) return value
  if (operation !== OPERATION.append && operation !== OPERATION.subtract) {
    return new Refusal(ERROR.INVALID_REQUEST, `The operation ${operation} is not known.`)
  }
  if (definition.type !== 'list') {
    return new Refusal(ERROR.INVALID_CONFIG, `Config value append is not allowed for config key: ${definition.name}`)
  }
  const items = current === '' ? [] : current.split(',')
  const given = value.split(',')
  const result =
    operation === OPERATION.append
      ? [...items, ...given.filter((item) => !items.includes(item))]
      : items.filter((item) => !given.includes(item))
  return result.join(',')
}
