#!/usr/bin/env node
/** The command `parley-conformance`. */
import { main } from './commands/main.ts'

// Whoever reads may have seen enough: `… list | head`. The verdict stays the same.
process.stdout.on('error', (error: Error & { code?: string }) => {
  if (error.code !== 'EPIPE') throw error
})

// Not process.exit: what was printed to a pipe must arrive.
process.exitCode = await main(process.argv.slice(2), process.env)
