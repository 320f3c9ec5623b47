/** `npm run bench`: how fast the gateway is, as ratios to references that are measured in the same run. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { isBusy, machine } from './bench/machine.ts'
import { performancePage } from './bench/page.ts'
import { rows } from './bench/rows.ts'
import { runRows } from './bench/run.ts'
import { linesOf, textTable } from './bench/table.ts'

const usage = `npm run bench -- [options]

  --only NAME     only this row; may be repeated
  --driver NAME   the store's driver, as STORE_DRIVER (default: the gateway's default)
  --rounds N      measure each side N times, in turn (default 5, at least 1)
  --quick         less data and shorter rounds, at most 2 minutes: checks that every row works
  --json FILE     where to write the results as JSON (default out/bench.json)
  --write-docs    also write docs/performance.md
  --list          the names of the rows
  --help          this text

The whole run takes at most 22 minutes. Exit code 1 if a row is over its budget or could not be measured, unless --quick.`

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    driver: { type: 'string' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string', default: 'out/bench.json' },
    'write-docs': { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
  allowPositionals: false,
})

const main = async () => {
  if (values.help) return console.log(usage)
  if (values.list) return console.log(rows.map(({ name, title }) => `${name.padEnd(20)}${title}`).join('\n'))
  const unknown = values.only.filter((name) => !rows.some((row) => row.name === name))
  if (unknown.length > 0) throw new Error(`no row is named ${unknown.join(', ')}; --list names them`)
  const rounds = Number(values.rounds ?? (values.quick ? 2 : 5))
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds takes a number from 1 on, not ${values.rounds}`)

  if (values.driver !== undefined) process.env.STORE_DRIVER = values.driver
  const on = machine()
  if (isBusy(on)) console.log(`Other work is running on this machine (load ${on.load}): the figures will be rough.`)
  const date = new Date().toISOString().slice(0, 10)
  const wanted = values.only.length === 0 ? rows : rows.filter(({ name }) => values.only.includes(name))
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const outcomes = await runRows(wanted, {
    quick: values.quick,
    rounds,
    signal: stop.signal,
    say: (seconds, text) => console.log(`${seconds.toFixed(0).padStart(4)} s  ${text}`),
  })
  if (stop.signal.aborted) throw new Error('stopped')
  const lines = outcomes.flatMap(linesOf)
  console.log(`\n${textTable(lines)}\n`)

  const report = { date, quick: values.quick, rounds, machine: on, lines }
  await mkdir(dirname(values.json), { recursive: true })
  await writeFile(values.json, `${JSON.stringify(report, undefined, 2)}\n`)
  console.log(`Written to ${values.json}.`)
  if (values['write-docs']) {
    await writeFile('docs/performance.md', performancePage(report))
    console.log('Written to docs/performance.md.')
  }
  const missed = lines.some(({ verdict }) => verdict === 'failed' || (verdict === 'over' && !values.quick))
  if (missed) process.exitCode = 1
}

main().catch((error: unknown) => {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 2
})
