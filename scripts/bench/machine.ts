/** What the figures were made on, in words that say nothing else about it. */
import { spawnSync } from 'node:child_process'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'

export interface Machine {
  cores: number
  cpu: string
  memoryGiB: number
  platform: string
  node: string
  /** Whether server and load were each held to a processor of their own. */
  pinned: boolean
  /** Work that others had for the processors when the run began: the load average of the last minute. */
  load: number
}

const hasTaskset = process.platform === 'linux' && spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status === 0

/** With one processor there is nothing to keep apart. */
const pins = hasTaskset && availableParallelism() > 1

export const processors = { server: pins ? 0 : undefined, load: pins ? 1 : undefined }

/** The command, held to a processor where that can be done. */
export const pinned = (processor: number | undefined, command: [string, ...string[]]): [string, ...string[]] =>
  processor === undefined ? command : ['taskset', '-c', String(processor), ...command]

export const machine = (): Machine => ({
  cores: cpus().length,
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  platform: `${process.platform} ${process.arch}`,
  node: process.version,
  pinned: pins,
  load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
})

/** Other work takes so much that figures are not to be trusted. */
export const isBusy = ({ load, cores }: Machine) => load > cores / 2
