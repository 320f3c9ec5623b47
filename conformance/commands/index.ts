/** Every command: a row here, and a file of the same name next to this one. It is loaded when called, so that `--help` is quick. */
import type { Command } from './command.ts'

interface Row {
  readonly name: string
  /** Finishes the line "parley-conformance <name>" in `--help`. */
  readonly summary: string
  load(): Promise<Command>
}

/** The first one is meant when none is named. */
export const commands: readonly Row[] = [
  { name: 'run', summary: 'judge a server by the contract', load: async () => (await import('./run.ts')).run },
  { name: 'init', summary: 'create a target file to fill in', load: async () => (await import('./init.ts')).init },
  { name: 'list', summary: 'list the cases, and what they cover', load: async () => (await import('./list.ts')).list },
  { name: 'grid', summary: 'compare several results', load: async () => (await import('./grid.ts')).grid },
  {
    name: 'self-test',
    summary: 'check that the suite sees wrong servers',
    load: async () => (await import('./self-test.ts')).selfTest,
  },
  { name: 'badge', summary: 'make a badge of a result', load: async () => (await import('./badge.ts')).badge },
]
