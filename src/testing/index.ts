export { TopologyTestDriver, type TestDriverOptions } from './topology-test-driver.ts'
export { TestInputTopic, TestOutputTopic, type TestInput, type TestRecord, type TopicSerdes } from './test-topics.ts'
