/** Runs faults one after the other, and reports each. */
import type { Fault, FaultRun } from './fault.ts'
import { judge } from './harness/invariants.ts'
import { createRandom } from './harness/random.ts'
import { openWorld, type World } from './harness/world.ts'

export interface Outcome {
  fault: Fault
  seconds: number
  figures: [name: string, value: number | string][]
  control: [name: string, value: number | string][]
  /** How many things were checked, invariants included. */
  checks: number
  /** The failed checks; empty when all passed. */
  broken: string[]
}

export interface RunOptions {
  seed: number
  quick: boolean
  say: (text: string) => void
}

export const runFault = async (fault: Fault, { seed, quick, say }: RunOptions): Promise<Outcome> => {
  const started = performance.now()
  const outcome: Outcome = { fault, seconds: 0, figures: [], control: [], checks: 0, broken: [] }
  const worlds: World[] = []
  const check = (holds: boolean, words: string) => {
    outcome.checks += 1
    if (!holds) outcome.broken.push(words)
  }
  const inTime = (ms: number | undefined, limitMs: number) => ms !== undefined && ms < limitMs * (quick ? 5 : 1)
  const judged = new Set<World>()
  const judgeOnce = async (world: World) => {
    if (judged.has(world)) return
    judged.add(world)
    await judge(world, { check, inTime })
  }
  const run: FaultRun = {
    quick,
    random: createRandom(seed, fault.id),
    say: (text) => say(`${fault.id}  ${text}`),
    open: async (options) => {
      const world = await openWorld(options)
      worlds.push(world)
      return world
    },
    judge: judgeOnce,
    figure: (name, value) => void outcome.figures.push([name, value]),
    control: (name, value) => void outcome.control.push([name, value]),
    check,
    inTime,
  }
  // An error of a background step is reported like any other.
  const onStray = (error: unknown) => {
    outcome.broken.push(`a step broke off: ${error instanceof Error ? error.message : String(error)}`)
  }
  process.on('unhandledRejection', onStray)
  try {
    await fault.run(run)
    for (const world of worlds) await judgeOnce(world)
  } catch (error) {
    outcome.broken.push(`the run broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  }
  for (const world of worlds) await world.close()
  process.off('unhandledRejection', onStray)
  outcome.seconds = (performance.now() - started) / 1000
  return outcome
}
