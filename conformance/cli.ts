#!/usr/bin/env node
/** The command `parley-conformance`. */
import { main } from './commands/main.ts'

// Not process.exit: what was printed to a pipe must arrive.
process.exitCode = await main(process.argv.slice(2), process.env)
