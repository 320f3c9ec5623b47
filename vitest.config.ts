import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{contract,curve25519,server,loopback,scripts,test,conformance}/**/*.test.ts'],
    // Real sockets and real cryptography on two cores: slow machines get time, hung tests still end.
    testTimeout: 60_000,
    hookTimeout: 90_000,
    pool: 'forks',
    maxWorkers: 2,
    sequence: { shuffle: true },
    // Processes that tests start keep what Node makes of their TypeScript: the next one starts in half the time.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/parley-test') },
    allowOnly: false,
    passWithNoTests: false,
  },
})
