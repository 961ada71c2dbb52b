export { TopologyTestDriver, type TestDriverOptions } from './topology-test-driver.ts'
export { TestInputTopic, TestOutputTopic, type TestInput, type TestRecord, type TopicSerdes } from './test-topics.ts'
export {
  ProcessorTestDriver,
  type Forwarded,
  type ProcessorInput,
  type ProcessorTestDriverOptions,
  type Scheduled,
} from './processor-test-driver.ts'
export { type ExpectedRecord, type MatcherResult, assertRecords, topicMatchers } from './matchers.ts'
export {
  FAULT_KINDS,
  type FaultKind,
  type OutputCheck,
  type SimulateOptions,
  type SimulatedInput,
  type SimulatedRun,
  type SimulationRandom,
  type SimulationReport,
  simulate,
  simulateSeed,
} from './simulation/index.ts'
export { type StoreEngineTestOptions, testStoreEngine } from './test-store-engine.ts'
