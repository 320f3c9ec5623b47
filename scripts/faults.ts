/** `npm run faults`: injects faults of WhatsApp, networks, disks and people into a gateway, and reports what was lost. */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { parseArgs, promisify } from 'node:util'
import { runWithDrivers } from './faults/drivers.ts'
import { quietLibrary } from './faults/harness/quiet-library.ts'
import { faults } from './faults/list.ts'
import { reliabilityPage } from './faults/page.ts'
import { type Measured, merged, type Run, readRecord, writeRecord } from './faults/record.ts'
import { type Outcome, runFault } from './faults/run.ts'

const usage = `npm run faults -- [options]

  --only F01,F03   only these faults; may be repeated
  --driver NAME    the gateway's STORE_DRIVER (default: the gateway's default; faults of the database run with both)
  --seed N         seed of the random parts (default: a new one, printed)
  --quick          short forms, at most 90 s: checks that every fault and every check works
  --write-docs     also update docs/reliability.md and .json with the faults that were run
  --list           list the faults
  --help           this text

Each fault is injected into a gateway process with the real client library, against the loopback WhatsApp; afterwards the
invariants are checked. Exit code 1 if one does not hold.`

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    driver: { type: 'string' },
    seed: { type: 'string' },
    quick: { type: 'boolean', default: false },
    'write-docs': { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
  allowPositionals: false,
})

const wantedFaults = () => {
  const wanted = values.only.flatMap((list) => list.split(',')).map((id) => id.trim().toUpperCase())
  const unknown = wanted.filter((id) => !faults.some((fault) => fault.id === id))
  if (unknown.length > 0) throw new Error(`there is no fault ${unknown.join(', ')}; --list names them`)
  return wanted.length === 0 ? faults : faults.filter(({ id }) => wanted.includes(id))
}

const seedOf = (text: string | undefined) => {
  const seed = text === undefined ? Date.now() % 1_000_000 : Number(text)
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error(`--seed takes a whole number from 0 on, not ${text}`)
  return seed
}

const main = async () => {
  if (values.help) return console.log(usage)
  if (values.list) return console.log(faults.map(({ id, name }) => `${id}  ${name}`).join('\n'))
  const wanted = wantedFaults()
  const seed = seedOf(values.seed)
  const { quick, driver } = values
  if (driver !== undefined) process.env.STORE_DRIVER = driver
  if (quick && values['write-docs']) throw new Error('the short form measures nothing that is worth a page')
  const started = performance.now()
  const commit = await commitOf()
  const say = (text: string) =>
    console.log(`${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  ${text}`)

  quietLibrary()
  console.log(`seed ${seed}${quick ? ', quick' : ''}`)
  const outcomes: Outcome[] = []
  for (const fault of wanted) {
    say(`${fault.id}  ${fault.name}`)
    const outcome = await runWithDrivers(runFault, fault, { seed, quick, say })
    outcomes.push(outcome)
    tell(outcome, say)
  }
  const broken = outcomes.filter((outcome) => outcome.broken.length > 0)
  const seconds = Math.round((performance.now() - started) / 1000)
  console.log(
    `\n${outcomes.length} faults in ${seconds} s, ${broken.length} with something that did not hold; seed ${seed}`,
  )
  if (values['write-docs']) await writeDocs(outcomes, { seed, ...(commit !== undefined && { commit }) })
  if (broken.length > 0) process.exitCode = 1
}

/** @returns undefined outside of a checkout */
const commitOf = async (): Promise<string | undefined> => {
  const git = (...args: string[]) => promisify(execFile)('git', args)
  try {
    const { stdout: commit } = await git('rev-parse', '--short=7', 'HEAD')
    // Pages that an earlier part of the run has written do not change what is measured.
    const { stdout: changes } = await git('status', '--porcelain', '--', '.', ':!docs')
    return `${commit.trim()}${changes === '' ? '' : '+'}`
  } catch {
    return undefined
  }
}

const writeDocs = async (outcomes: Outcome[], of: Pick<Run, 'seed' | 'commit'>) => {
  const record = 'docs/reliability.json'
  const date = new Date().toISOString().slice(0, 10)
  const machine = `${availableParallelism()} cores, Node ${process.version.slice(1)}, ${process.platform} ${process.arch}`
  const now = outcomes.map(({ fault, ...rest }): Measured => ({ id: fault.id, ...rest, run: { date, machine, ...of } }))
  const ids = faults.map(({ id }) => id)
  const measured = merged(await readRecord(record), now, ids)
  await writeRecord(record, measured)
  await writeFile('docs/reliability.md', reliabilityPage(faults, measured))
  console.log('Written to docs/reliability.md.')
}

const tell = ({ fault, figures, control, checks, broken, seconds }: Outcome, say: (text: string) => void) => {
  const words = (list: Outcome['figures']) => list.map(([name, value]) => `${name} ${value}`).join(', ')
  say(
    `${fault.id}  ${broken.length === 0 ? 'held' : 'BROKEN'}, ${checks} checks in ${seconds.toFixed(1)} s: ${words(figures)}`,
  )
  if (control.length > 0) say(`${fault.id}  control: ${words(control)}`)
  for (const words of broken) say(`${fault.id}    ${words}`)
}

main().catch((error: unknown) => {
  console.error(`faults: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 2
})
