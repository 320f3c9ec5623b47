#!/usr/bin/env node
/** The command `parley-conformance`. */
import { nodeFault } from './node-version.ts'

// The reader may close the pipe early: `… list | head`. The verdict stays the same.
process.stdout.on('error', (error: Error & { code?: string }) => {
  if (error.code !== 'EPIPE') throw error
})

const fault = nodeFault(process.versions.node)
if (fault === undefined) {
  const { main } = await import('./commands/main.ts')
  // Not process.exit: what was printed to a pipe must arrive.
  process.exitCode = await main(process.argv.slice(2), process.env)
} else {
  console.error(`parley-conformance: ${fault}`)
  process.exitCode = 2
}
