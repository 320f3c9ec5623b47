#!/usr/bin/env node
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  allCases,
  BadTarget,
  type Result,
  readBaseline,
  readTarget,
  runConformance,
  toJson,
  toJUnit,
  toText,
} from './index.ts'
import { toTable } from './report/table.ts'

const usage = `usage: conformance [run] --target FILE [options]
       conformance list [--filter TEXT] [--ids]

Judges a server by the Parley contract.

  --target FILE     what to judge, and with which tokens, sessions and chats (YAML; JSON when named so)
  --report DIR      write result.json, junit.xml and report.txt there
  --filter TEXT     only the cases whose id contains TEXT
  --baseline FILE   known failures: a list of {id, reason}
  --timeout MS      for one exchange
  --concurrency N   cases at once
  --seed N          order in which cases start
  --bail            stop at the first broken promise
  --strict          what should be is what must be
  --ids             with list: ids alone, one a line
  --help            this text

Exit codes: 0 conformant, 1 not conformant, 2 could not be measured, 3 bad target file or arguments, 4 the baseline lists what passes.
`

const options = {
  target: { type: 'string' },
  report: { type: 'string' },
  filter: { type: 'string' },
  baseline: { type: 'string' },
  timeout: { type: 'string' },
  concurrency: { type: 'string' },
  seed: { type: 'string' },
  bail: { type: 'boolean' },
  strict: { type: 'boolean' },
  ids: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

type Values = ReturnType<typeof parse>['values']

const parse = (args: string[]) => parseArgs({ args, options, allowPositionals: true })

/** @returns the exit code */
export const main = async (args: string[], environment: Record<string, string | undefined>): Promise<number> => {
  try {
    const { values, positionals } = parse(args)
    const [command = 'run', ...rest] = positionals
    if (values.help) return say(usage)
    if (rest.length > 0 || !['run', 'list'].includes(command))
      throw new BadTarget([`there is no command ${positionals.join(' ')}`])
    if (command === 'list') return list(values)
    return await run(values, environment)
  } catch (error) {
    if (error instanceof BadTarget) return complain(error.mistakes)
    if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
      return complain([error.message])
    throw error
  }
}

const say = (text: string): number => {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  return 0
}

const complain = (mistakes: readonly string[]): number => {
  for (const mistake of mistakes) console.error(`conformance: ${mistake}`)
  return 3
}

const list = ({ filter = '', ids }: Values): number => {
  const cases = allCases.filter(({ id }) => id.includes(filter))
  return say(
    ids
      ? cases
          .map(({ id }) => id)
          .sort()
          .join('\n')
      : toTable(cases),
  )
}

const run = async (values: Values, environment: Record<string, string | undefined>): Promise<number> => {
  if (values.target === undefined) throw new BadTarget(['--target FILE is needed; --help tells more'])
  const { target, baseline } = await readTarget(values.target, environment)
  const { filter, bail, strict } = values
  const seed = whole('seed', values.seed)
  const timeoutMs = whole('timeout', values.timeout)
  const concurrency = whole('concurrency', values.concurrency)
  const limits = { ...target.limits, ...(timeoutMs && { timeoutMs }), ...(concurrency && { concurrency }) }
  const result = await runConformance(
    { ...target, limits },
    {
      baseline: values.baseline === undefined ? baseline : await readBaseline(values.baseline),
      ...(filter !== undefined && { filter }),
      ...(bail !== undefined && { bail }),
      ...(strict !== undefined && { strict }),
      ...(seed !== undefined && { seed }),
      onRecord: progress,
    },
  )
  say(toText(result))
  if (values.report !== undefined) await report(values.report, result)
  return result.footer.exitCode
}

const whole = (name: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text)) throw new BadTarget([`--${name} takes a whole number, not ${text}`])
  return Number(text)
}

const progress = (_record: unknown, done: number, of: number) => {
  if (process.stderr.isTTY) process.stderr.write(done === of ? '\r\x1b[K' : `\r${done}/${of}`)
}

const report = async (folder: string, result: Result) => {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'result.json'), toJson(result))
  await writeFile(join(folder, 'junit.xml'), toJUnit(result))
  await writeFile(join(folder, 'report.txt'), toText(result))
}

if (import.meta.main)
  main(process.argv.slice(2), process.env).then(
    (code) => {
      process.exitCode = code
    },
    (error: unknown) => {
      console.error(error)
      process.exitCode = 2
    },
  )
