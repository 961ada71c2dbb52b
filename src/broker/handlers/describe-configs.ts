// DescribeConfigs (key 32), versions 1-4. Topics (type 2) and this broker (type 4): every config with its value, where the value
// comes from, its synonyms (the places it would come from, best first) and its type. Keys null or empty means all.
import {
  type DescribeConfigsRequest,
  type DescribeConfigsResponseInput,
  ERROR,
  describeConfigsApi,
} from '../../protocol/index.ts'
import { BROKER_CONFIGS, type ConfigDefinition, type ConfigType, TOPIC_CONFIGS } from '../config-table.ts'
import { type BrokerCore, NODE_ID } from '../core.ts'
import { type Handler, defineHandler } from '../handler.ts'

type Resource = DescribeConfigsRequest['resources'][number]
type Result = DescribeConfigsResponseInput['results'][number]

export const RESOURCE = { topic: 2, broker: 4 } as const
const SOURCE = { topic: 1, staticBroker: 4, default: 5 } as const
const TYPE_NUMBERS: Readonly<Record<ConfigType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  long: 5,
  double: 6,
  list: 7,
}

interface Described {
  readonly name: string
  readonly value: string
  readonly configSource: number
  readonly configType: number
  readonly synonyms: readonly { readonly name: string; readonly value: string; readonly source: number }[]
}

export const describeConfigs: Handler = defineHandler(describeConfigsApi, { min: 1, max: 4 }, (core, request) => ({
  results: request.resources.map((resource) => describe(core, resource, request.includeSynonyms)),
}))

/** All configs of a topic with these of its own. */
export function describeTopicConfigs(core: BrokerCore, own: Readonly<Record<string, string>>): readonly Described[] {
  return [...TOPIC_CONFIGS.values()].map((definition) => {
    const value = own[definition.name]
    const inherited = inheritedValues(core, definition)
    if (value === undefined) return describeOne(definition, inherited)
    return describeOne(definition, [{ name: definition.name, value, source: SOURCE.topic }, ...inherited])
  })
}

function describe(core: BrokerCore, resource: Resource, includeSynonyms: boolean): Result {
  const { resourceType, resourceName } = resource
  const refuse = (errorCode: number, errorMessage: string): Result => {
    return { errorCode, errorMessage, resourceType, resourceName, configs: [] }
  }
  let all: readonly Described[]
  if (resourceType === RESOURCE.topic) {
    const topic = core.catalog.topics.get(resourceName)
    if (topic === undefined) return refuse(ERROR.UNKNOWN_TOPIC_OR_PARTITION, `There is no topic ${resourceName}.`)
    all = describeTopicConfigs(core, topic.entry.configs)
  } else if (resourceType === RESOURCE.broker) {
    if (resourceName !== '' && resourceName !== String(NODE_ID)) {
      return refuse(
        ERROR.INVALID_REQUEST,
        `Unexpected broker id, expected ${NODE_ID} or empty string, but received ${resourceName}`,
      )
    }
    all = resourceName === '' ? [] : describeBroker(core)
  } else return refuse(ERROR.INVALID_REQUEST, `Configs of resource type ${resourceType} are not kept here.`)
  const keys = resource.configurationKeys
  const wanted = keys === null || keys.length === 0 ? all : all.filter((config) => keys.includes(config.name))
  return {
    errorCode: ERROR.NONE,
    errorMessage: null,
    resourceType,
    resourceName,
    configs: wanted.map((config) => ({
      ...config,
      synonyms: includeSynonyms ? config.synonyms : [],
      readOnly: resourceType === RESOURCE.broker,
      isSensitive: false,
      documentation: null,
    })),
  }
}

function describeBroker(core: BrokerCore): readonly Described[] {
  return [...BROKER_CONFIGS.values()].map((definition) => {
    const { name, defaultValue } = definition
    const given = core.configs.given(name)
    const fallback = { name, value: defaultValue, source: SOURCE.default }
    return describeOne(
      definition,
      given === undefined ? [fallback] : [{ name, value: given, source: SOURCE.staticBroker }, fallback],
    )
  })
}

function inheritedValues(core: BrokerCore, definition: ConfigDefinition): Described['synonyms'] {
  const name = definition.synonym
  if (name === undefined) return [{ name: definition.name, value: definition.defaultValue, source: SOURCE.default }]
  const given = core.configs.given(name)
  const fallback = {
    name,
    value: BROKER_CONFIGS.get(name)?.defaultValue ?? definition.defaultValue,
    source: SOURCE.default,
  }
  return given === undefined ? [fallback] : [{ name, value: given, source: SOURCE.staticBroker }, fallback]
}

function describeOne(definition: ConfigDefinition, synonyms: Described['synonyms']): Described {
  return {
    name: definition.name,
    value: synonyms[0]?.value ?? definition.defaultValue,
    configSource: synonyms[0]?.source ?? SOURCE.default,
    configType: TYPE_NUMBERS[definition.type],
    synonyms,
  }
}
