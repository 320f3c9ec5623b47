/**
 * `npm test`: every check, each counted; the last line is `tests: N passed, N failed`. Those that only read the sources run at
 * once, and are printed in their order; then the tests. `npm test -- NAME…` runs only the checks named; `npm test -- --list`
 * names them.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Counts {
  passed: number
  failed: number
}

interface Check {
  name: string
  command: string[]
}

interface Ended {
  code: number
  /** What it printed, both streams; empty where it has printed by itself. */
  output: string
  seconds: number
}

const scratch = mkdtempSync(join(tmpdir(), 'parley-test-'))
const report = join(scratch, 'vitest.json')

/** A run that wrote no report has failed as a whole. */
const vitestCounts = (): Counts => {
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites, success } = JSON.parse(readFileSync(report, 'utf8'))
    // A file that breaks before its first test counts as one failure.
    const failed = numFailedTests + (numFailedTests === 0 && !success ? Math.max(1, numFailedTestSuites) : 0)
    return { passed: numPassedTests, failed }
  } catch {
    return { passed: 0, failed: 1 }
  }
}

const readings: Check[] = [
  { name: 'format and lint', command: ['biome', 'check', '--error-on-warnings'] },
  { name: 'types', command: ['tsc', '--noEmit', '-p', '.'] },
  {
    name: 'contract lint',
    command: ['redocly', 'lint', 'openapi/openapi.yaml', 'openapi/workflows.arazzo.yaml', '--max-problems', '50'],
  },
  { name: 'generated files are fresh', command: ['node', 'scripts/generate.ts', '--check'] },
  { name: 'import rules', command: ['node', 'scripts/check-imports.ts'] },
  { name: 'docstrings of the ground floor', command: ['node', 'scripts/check-docstrings.ts'] },
  { name: 'sizes of functions and files', command: ['node', 'scripts/check-sizes.ts'] },
]

const tests: Check = {
  name: 'tests',
  command: ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
}

const run = ({ command }: Check, output: 'inherit' | 'pipe'): Promise<Ended> =>
  new Promise((resolve) => {
    const started = performance.now()
    const [program = '', ...args] = command
    const child = spawn(program, args, {
      stdio: ['ignore', output, output],
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    })
    const chunks: Buffer[] = []
    child.stdout?.on('data', (chunk) => void chunks.push(chunk))
    child.stderr?.on('data', (chunk) => void chunks.push(chunk))
    const end = (code: number, words = '') =>
      resolve({ code, output: Buffer.concat(chunks).toString() + words, seconds: (performance.now() - started) / 1000 })
    child.once('error', (error) => end(1, `${error.message}\n`))
    child.once('close', (code) => end(code ?? 1))
  })

const checks = [...readings, tests]

const usage = `npm test [-- NAME…]   every check, or those named; the last line is "tests: N passed, N failed"
npm test -- --list    the names`

const main = async () => {
  const wanted = process.argv.slice(2)
  if (wanted.includes('--help') || wanted.includes('-h')) {
    console.log(usage)
    return
  }
  if (wanted.includes('--list')) {
    for (const { name } of checks) console.log(name)
    return
  }
  const unknown = wanted.filter((name) => !checks.some((check) => check.name === name))
  if (unknown.length > 0) {
    console.error(`no check is named ${unknown.join(', ')}: npm test -- --list has the names`)
    process.exitCode = 1
    return
  }

  const total: Counts = { passed: 0, failed: 0 }
  const broken: string[] = []
  const sum = ({ name }: Check, { code, output, seconds }: Ended, { passed, failed }: Counts) => {
    total.passed += passed
    total.failed += failed + (code !== 0 && failed === 0 ? 1 : 0)
    if (code !== 0) broken.push(name)
    process.stdout.write(output)
    console.log(`── ${name}: ${code === 0 ? 'ok' : 'FAILED'} in ${seconds.toFixed(1)} s`)
  }

  const isWanted = ({ name }: Check) => wanted.length === 0 || wanted.includes(name)
  const running = readings.filter(isWanted).map((check) => ({ check, ended: run(check, 'pipe') }))
  for (const { check, ended } of running) {
    console.log(`\n── ${check.name}`)
    const outcome = await ended
    sum(check, outcome, { passed: outcome.code === 0 ? 1 : 0, failed: outcome.code === 0 ? 0 : 1 })
  }
  if (isWanted(tests)) {
    console.log(`\n── ${tests.name}`)
    const outcome = await run(tests, 'inherit')
    sum(tests, outcome, vitestCounts())
  }
  if (broken.length > 0) console.log(`\nfailed: ${broken.join(', ')}`)
  console.log(`\ntests: ${total.passed} passed, ${total.failed} failed`)
  process.exitCode = broken.length === 0 && total.failed === 0 ? 0 : 1
}

try {
  await main()
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
