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
    allowOnly: false,
    passWithNoTests: false,
  },
})
