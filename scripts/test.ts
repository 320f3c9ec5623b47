/**
 * `npm test`: every check, one after the other, each counted; the last line is `tests: N passed, N failed`.
 * `npm test -- NAME…` runs only the checks named; `npm test -- --list` names them.
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
  /** Reads how many tests the command ran; absent: the command is one test. */
  count?: () => Counts
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

const checks: Check[] = [
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
  {
    name: 'tests',
    command: ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    count: vitestCounts,
  },
]

const run = (command: string[]): Promise<number> =>
  new Promise((resolve) => {
    const [program = '', ...args] = command
    const child = spawn(program, args, {
      stdio: 'inherit',
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    })
    child.once('error', (error) => {
      console.error(error.message)
      resolve(1)
    })
    child.once('exit', (code) => resolve(code ?? 1))
  })

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
  for (const { name, command, count } of checks) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    console.log(`\n── ${name}`)
    const started = performance.now()
    const code = await run(command)
    const { passed, failed } = count?.() ?? { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 }
    total.passed += passed
    total.failed += failed + (code !== 0 && failed === 0 ? 1 : 0)
    if (code !== 0) broken.push(name)
    console.log(`── ${name}: ${code === 0 ? 'ok' : 'FAILED'} in ${((performance.now() - started) / 1000).toFixed(1)} s`)
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
