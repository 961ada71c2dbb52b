import { describe, expect, test } from 'vitest'
import { parseConfig } from './parse-config.ts'
import type { StreamsOptions } from './streams-options.ts'

const least: StreamsOptions = { applicationId: 'app', bootstrapServers: 'localhost:9092' }
const problem = (options: object): string => {
  try {
    parseConfig({ ...least, ...options })
  } catch (error) {
    return (error as Error).message
  }
  return 'none'
}

describe('parseConfig', () => {
  test('defaults are those of the documentation, and exactly-once commits every 100 ms', () => {
    const { thread, threads } = parseConfig(least)
    expect(threads).toBe(1)
    expect(thread).toMatchObject({
      processingGuarantee: 'at-least-once',
      commitIntervalMs: 30_000,
      cacheBytesMax: 10 * 1024 * 1024,
      bufferedRecordsMax: 1_000,
      taskIdleMs: 0,
      acceptableRecoveryLag: 10_000,
      probingRebalanceIntervalMs: 600_000,
      windowChangelogExtraRetentionMs: 86_400_000,
    })
    const exact = parseConfig({ ...least, processingGuarantee: 'exactly-once' }).thread
    expect(exact).toMatchObject({
      commitIntervalMs: 100,
      asyncCommitIntervalMs: 1_000,
      transactionTimeoutMs: 10_000,
    })
    expect(thread.asyncCommitIntervalMs).toBe(30_000)
    expect(parseConfig(least).queryIsolation).toBe('read-uncommitted')
    expect(parseConfig({ ...least, processingGuarantee: 'exactly-once' }).queryIsolation).toBe('read-committed')
    const told = parseConfig({ ...least, processingGuarantee: 'exactly-once', commitInterval: '50ms' }).thread
    expect(told).toMatchObject({ commitIntervalMs: 50, asyncCommitIntervalMs: 50 })
  })

  test('durations are read once, to milliseconds', () => {
    const { thread } = parseConfig({
      ...least,
      commitInterval: '5s',
      consumer: { sessionTimeout: '10s' },
      producer: { linger: 0 },
    })
    expect(thread).toMatchObject({
      commitIntervalMs: 5_000,
      consumer: { sessionTimeoutMs: 10_000 },
      producer: { lingerMs: 0 },
    })
  })

  test.each([
    [{ comitInterval: '1s' }, /there is no option comitInterval: did you mean commitInterval/],
    [{ producer: { lingerMs: 5 } }, /there is no option producer.lingerMs: did you mean producer.linger\?/],
    [
      { applicationId: 'a b' },
      /applicationId is 'a b': internal topics are named after it, and a topic name cannot have ' '/,
    ],
    [{ applicationId: '' }, /applicationId is '': it must be a text that is not empty/],
    [{ bootstrapServers: 'localhost' }, /bootstrapServers has 'localhost': it must be host:port/],
    [{ bootstrapServers: ['embedded:./a', 'localhost:1'] }, /'embedded:.\/a' stands alone/],
    [{ bootstrapServers: 'embedded:' }, /name the directory/],
    [{ threads: 0 }, /threads is 0: it must be a whole number, 1 or more/],
    [{ cacheBytesMax: 12 }, /cacheBytesMax is 12, below the minimum 1024: raise it, or set 0 to switch caching off/],
    [
      { processingGuarantee: 'exactly_once' },
      /must be one of 'at-least-once', 'exactly-once'; did you mean 'exactly-once'\?/,
    ],
    [{ commitInterval: '5 parsecs' }, /commitInterval is '5 parsecs', which is not a duration/],
    [{ probingRebalanceInterval: '1s' }, /must be at least 60000 ms/],
    [
      { assignor: () => ({ clients: [] }), groupProtocol: 'streams' },
      /assignor has no say under groupProtocol 'streams'/,
    ],
    [{ onProcessingError: 'dead-letter' }, /there is no deadLetterTopic: name the topic/],
    [{ onDeserializationError: 'skip' }, /must be one of 'fail', 'continue', 'dead-letter'/],
    [{ rackAware: ['zone'] }, /rackAware names 'zone', which clientTags does not have/],
    [{ applicationServer: 'localhost' }, /applicationServer is 'localhost': it must be host:port/],
    [
      { processingGuarantee: 'exactly-once', commitInterval: '30s', producer: { transactionTimeout: '10s' } },
      /must be at least 30000 ms/,
    ],
  ])('%o is refused with what to do', (options, message) => {
    expect(problem(options)).toMatch(message)
  })

  test('all problems are told at once', () => {
    expect(problem({ threads: 0, cacheBytesMax: 12, stateDir: '' })).toMatch(/3 options are wrong:\n- .*\n- .*\n- /)
  })
})
