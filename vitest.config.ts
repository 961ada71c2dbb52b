import { fileURLToPath } from 'node:url'
import { type ViteUserConfig, defineConfig } from 'vitest/config'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

const config: ViteUserConfig = defineConfig({
  resolve: {
    alias: [
      { find: /^tidemill$/, replacement: at('src/index.ts') },
      { find: /^tidemill\/client$/, replacement: at('src/app/client.ts') },
      { find: /^tidemill\/broker$/, replacement: at('src/app/broker.ts') },
      { find: /^tidemill\/formats$/, replacement: at('src/app/formats.ts') },
      { find: /^tidemill\/testing$/, replacement: at('src/testing/index.ts') },
    ],
  },
  test: {
    include: ['src/**/*.test.ts', 'tests/**/*.test.ts', 'examples/**/*.test.ts', 'benchmarks/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'tests/kafka/**'],
    maxWorkers: 2,
    // A limit for what hangs, not a measure: shared machines are slow at times.
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
})
export default config
