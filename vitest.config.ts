import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { LongFirst } from './test/support/long-first.ts'

// Workers, and the processes that tests start, share what Node has compiled, with the gateways that tests kill.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/parley')

export default defineConfig({
  test: {
    include: ['{contract,curve25519,server,loopback,scripts,test,conformance}/**/*.test.ts'],
    // Real sockets and real cryptography on two cores: slow machines get time, hung tests still end.
    testTimeout: 60_000,
    hookTimeout: 90_000,
    pool: 'forks',
    // One more than cores: the long tests wait for processes much of their time.
    maxWorkers: 3,
    sequence: { shuffle: true, sequencer: LongFirst },
    allowOnly: false,
    passWithNoTests: false,
  },
})
