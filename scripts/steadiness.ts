/** Runs the conformance suite many times in random order, each time on a fresh sandbox, and reports what differs. */
import { parseArgs } from 'node:util'
import { runConformance } from '../conformance/index.ts'
import { steadinessOf } from '../conformance/steadiness.ts'
import { startSandbox } from './sandbox/sandbox.ts'

const usage = `node scripts/steadiness.ts [options]

  --runs N          number of runs (default 20)
  --same            use one sandbox for all runs; its hook resets it
  --concurrency N   cases at the same time (default 4)
  --help            this text

Exit code 0 if every case had the same verdict in every run.`

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    concurrency: { type: 'string', default: '4' },
    same: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h' },
  },
})

const main = async (): Promise<number> => {
  if (values.help) {
    console.log(usage)
    return 0
  }
  const [runs, concurrency] = [Number(values.runs), Number(values.concurrency)]
  if (!(runs >= 2 && runs <= 1_000) || !(concurrency >= 1 && concurrency <= 64)) throw new Error(usage)

  let sandbox = await startSandbox()
  try {
    const { differing, red, durationsMs } = await steadinessOf(
      runs,
      (seed) => runConformance({ ...sandbox.target, limits: { ...sandbox.target.limits, concurrency } }, { seed }),
      async (done, { footer, durationMs, seed }) => {
        console.log(
          `${done}: ${footer.outcome}, ${footer.counts.pass} of ${footer.cases} passed, ${durationMs} ms, seed ${seed}`,
        )
        if (values.same || done === runs) return
        await sandbox.close()
        sandbox = await startSandbox()
      },
    )
    const median = durationsMs.toSorted((a, b) => a - b)[Math.floor(runs / 2)] ?? 0
    console.log(
      `${runs} runs, median ${median} ms; ${differing.length} verdicts differ, ${red.length} are red each time`,
    )
    for (const { id, verdicts, reasons } of differing)
      console.log(
        `  ${id}: ${[...new Set(verdicts.map((verdict, index) => `${verdict} ${reasons[index]}`.trim()))].join(' / ')}`,
      )
    for (const { id, verdict, reason } of red) console.log(`  ${id}: ${verdict} ${reason}`)
    return differing.length === 0 ? 0 : 1
  } finally {
    await sandbox.close()
  }
}

process.exitCode = await main()
