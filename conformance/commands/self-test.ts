/** `self-test`: is the suite worth its verdicts? */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isGood, scoreOf, toMatrixJson, toMatrixMarkdown, toScoreLine } from '../mutants/matrix.ts'
import type { Outcome } from '../mutants/outcome.ts'
import { BadReference, selfTest as run } from '../self-test.ts'
import { readTarget } from '../target-file.ts'
import { BadArguments, command, say, whole } from './command.ts'

export const selfTest = command({
  usage: `usage: parley-conformance self-test --target FILE [options]

Puts one fault at a time between the suite and a conformant server, and checks that the suite sees it: the cases that are
named for it fail, for the stated reason, and no others do.

  --target FILE   a conformant server with a hook; the suite may change everything on it
  --full          every mutant against one operation of each shape, and every change of the contract; without it, a sample
  --filter TEXT   only the mutants whose id contains TEXT
  --lanes N       mutants at the same time (default 2)
  --report DIR    write kill-matrix.json and kill-matrix.md there

Exit codes: 0 each mutant was judged as expected, 1 one was not, 2 the server itself is not conformant, 3 bad target file or arguments.
`,
  options: {
    target: { type: 'string' },
    full: { type: 'boolean' },
    filter: { type: 'string' },
    lanes: { type: 'string' },
    report: { type: 'string' },
  },
  run: async (values, _positionals, environment) => {
    if (values.target === undefined) throw new BadArguments('--target FILE is needed')
    const lanes = whole('lanes', values.lanes, { least: 1, most: 4 })
    const { target } = await readTarget(values.target, environment)
    try {
      const result = await run(target, {
        full: values.full ?? false,
        filter: values.filter ?? '',
        ...(lanes !== undefined && { lanes }),
        onOutcome: tell,
      })
      if (result.outcomes.length === 0) throw new BadArguments(`no mutant is named ${values.filter}`)
      say(toScoreLine(result))
      if (values.report !== undefined) {
        await mkdir(values.report, { recursive: true })
        await writeFile(join(values.report, 'kill-matrix.json'), toMatrixJson(result))
        await writeFile(join(values.report, 'kill-matrix.md'), toMatrixMarkdown(result))
      }
      return scoreOf(result).perfect ? 0 : 1
    } catch (error) {
      if (!(error instanceof BadReference)) throw error
      console.error(`conformance: ${error.message}`)
      return 2
    }
  },
})

const tell = (outcome: Outcome, done: number, of: number) => {
  tellProgress(done, of)
  if (isGood(outcome)) return
  say(
    `${outcome.fate}: ${outcome.id}, a server that ${outcome.fault}\n${outcome.problems.map((one) => `  ${one}`).join('\n')}`,
  )
}

/** In a log, a line for so many mutants: in full they take most of an hour. */
const logEach = 100

const tellProgress = (done: number, of: number) => {
  const { stderr } = process
  if (stderr.isTTY) stderr.write(done === of ? '\r\x1b[K' : `\r\x1b[K${done} of ${of} mutants`)
  else if (done % logEach === 0) stderr.write(`${done} of ${of} mutants\n`)
}
