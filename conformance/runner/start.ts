/** Runs the suite under its own vitest, independent of the version and configuration in the current folder. */
import { join } from 'node:path'
import type { UserConsoleLog } from 'vitest'
import type { TestCase, TestModule, Vitest } from 'vitest/node'
import { startVitest } from 'vitest/node'
import type { Result } from '../result.ts'
import type { Target } from '../target.ts'
import { checkTarget } from '../target-file.ts'
import type { RunnerOptions } from './wire.ts'

/** Cases judged so far, those that were not passed among them, and all. */
export type OnProgress = (done: number, red: number, of: number) => void

/**
 * Gives the same result as `runConformance`, and takes about half a second more: each case is a vitest test, in a thread.
 * Sets `process.exitCode` when a case does not pass, as vitest does.
 * @throws BadTarget when the target description cannot be used; Error when the runner broke
 */
export const startSuite = async (target: Target, options: RunnerOptions, onProgress: OnProgress): Promise<Result> => {
  let of = 0
  let done = 0
  let red = 0
  let release = () => {}
  const vitest = await startVitest(
    [],
    {
      root,
      config: false,
      watch: false,
      cache: false,
      fsModuleCache: false,
      include: ['runner/suite.{ts,js}'],
      // By default vitest leaves out everything below node_modules, and the suite is installed there.
      exclude: [],
      pool: 'threads',
      maxWorkers: 1,
      isolate: false,
      // The engine bounds each exchange, each wait and the number of faults.
      testTimeout: 0,
      hookTimeout: 0,
      // Node reads the suite by itself: what is tested is elsewhere, so there is nothing to transform or to mock.
      experimental: { viteModuleRunner: false, nodeLoader: false },
      provide: { conformance: { target: checkTarget(target), options } },
      reporters: [
        {
          onInit: (runner: Vitest) => {
            release = onSignal(() => void runner.cancelCurrentRun('keyboard-input'))
          },
          onUserConsoleLog: ({ content }: UserConsoleLog) => {
            process.stderr.write(content)
          },
          onTestModuleCollected: ({ children }: TestModule) => {
            of = children.size
          },
          onTestCaseResult: (test: TestCase) => {
            if (test.result().state === 'failed') red++
            onProgress(++done, red, of)
          },
        },
      ],
    },
    { envDir: false },
  )
  release()
  try {
    const [module] = vitest.state.getTestModules()
    const result = module?.meta().result
    if (result !== undefined) return result
    throw new Error('the runner broke before there was a result', {
      cause: [...vitest.state.getUnhandledErrors(), ...(module?.errors() ?? [])][0],
    })
  } finally {
    await vitest.close()
  }
}

/**
 * When a run is stopped, what its cases have made is still deleted; vitest by itself would end the process at once.
 * The second time it does end so, as nobody listens any more.
 * @returns how to stop listening to the signals
 */
const onSignal = (stop: () => void): (() => void) => {
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.removeAllListeners(signal).once(signal, stop)
  return () => {
    for (const signal of signals) process.off(signal, stop)
  }
}

const root = join(import.meta.dirname, '..')
