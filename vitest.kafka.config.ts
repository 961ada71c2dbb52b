// Tests that need a real Apache Kafka at BOOTSTRAP_SERVERS: `npm run test:kafka` starts one and runs them.
import { type ViteUserConfig, defineConfig } from 'vitest/config'
import base from './vitest.config.ts'

const config: ViteUserConfig = defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['tests/kafka/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
export default config
