/** `run`: judges a server by the contract. */
import { mkdir } from 'node:fs/promises'
import { allCases, suite } from '../cases/index.ts'
import { operationIds } from '../parley.ts'
import { claims } from '../profile.ts'
import { shortTokens } from '../redact.ts'
import { toText } from '../report/text.ts'
import { writeReports } from '../report/write.ts'
import { type OnProgress, startSuite } from '../runner/start.ts'
import type { Target } from '../target.ts'
import { readBaseline, readTarget } from '../target-file.ts'
import { BadArguments, command, say, whole } from './command.ts'
import { writtenSecrets } from './secrets.ts'

export const run = command({
  usage: `usage: parley-conformance [run] --target FILE [options]

Judges a server by the Parley contract.

  --target FILE     the target file: the server to judge, with tokens, sessions and chats (YAML, or JSON if its name
                    ends in .json); \`init\` creates one to fill in
  --report DIR      write result.json, report.html, report.md, report.txt, junit.xml and badge.svg there
  --filter TEXT     only the cases whose id contains TEXT (\`list\` names them)
  --baseline FILE   known failures: a list of {id, reason}
  --timeout MS      time limit of one exchange (default 5000)
  --concurrency N   cases at the same time (default 4)
  --seed N          the order in which cases start; each report names its seed
  --bail            stop at the first broken promise
  --strict          a broken SHOULD fails, too
  --help            this text

Exit codes: 0 conformant, 1 not conformant, 2 could not be measured, 3 bad target file or arguments, 4 the baseline lists cases that pass.
`,
  options: {
    target: { type: 'string' },
    report: { type: 'string' },
    filter: { type: 'string' },
    baseline: { type: 'string' },
    timeout: { type: 'string' },
    concurrency: { type: 'string' },
    seed: { type: 'string' },
    bail: { type: 'boolean' },
    strict: { type: 'boolean' },
  },
  run: async (values, _positionals, environment) => {
    const { filter = '', bail = false, strict = false, report: folder } = values
    if (values.target === undefined) throw new BadArguments('--target FILE is needed; --help tells more')
    if (!allCases.some(({ id }) => id.includes(filter))) throw new BadArguments(`no case has ${filter} in its id`)
    const seed = whole('seed', values.seed, { least: 0, most: 2 ** 32 - 1 })
    const timeoutMs = whole('timeout', values.timeout, { least: 50, most: 600_000 })
    const concurrency = whole('concurrency', values.concurrency, { least: 1, most: 64 })
    const { target, baseline } = await readTarget(values.target, environment)
    mustClaim(values.target, target)
    const known = values.baseline === undefined ? baseline : await readBaseline(values.baseline)
    // Before the run: it would be a pity to find out afterwards.
    if (folder !== undefined) await makeFolder(folder)
    warnOfSecrets(values.target, await writtenSecrets(values.target))
    warnOfShort(shortTokens(target))
    const limits = { ...target.limits, ...(timeoutMs && { timeoutMs }), ...(concurrency && { concurrency }) }
    const result = await startSuite(
      { ...target, limits },
      { filter, bail, strict, baseline: known, ...(seed !== undefined && { seed }) },
      progress(),
    )
    say(toText(result, { colour: process.stdout.isTTY && process.stdout.hasColors() }))
    if (folder !== undefined) await writeReports(folder, result)
    return result.footer.exitCode
  },
})

/** As `init` writes a target file: it is still to be filled in. */
const mustClaim = (file: string, target: Target) => {
  if (operationIds.some((id) => claims(suite, target, id))) return
  throw new BadArguments(`${file}: its profile claims no operation; set to true what the server has, such as presence`)
}

const warnOfSecrets = (file: string, keys: readonly string[]) => {
  if (keys.length === 0) return
  console.error(`conformance: warning: ${file} holds secrets: ${keys.join(', ')}.
  Unless it is thrown away soon, write \${NAME} there and set NAME in the environment.`)
}

const warnOfShort = (keys: readonly string[]) => {
  if (keys.length === 0) return
  console.error(`conformance: warning: fewer than 8 characters: ${keys.join(', ')}.
  Such a token may be part of any word, so reports cannot mask it everywhere. Use longer ones before you publish a report.`)
}

/** On a terminal one line that counts; in a log a line for each tenth. */
const progress = (): OnProgress => {
  const { stderr } = process
  let tenth = 0
  return (done, red, of) => {
    const line = `${done} of ${of} cases${red === 0 ? '' : `, ${red} not passed`}`
    if (stderr.isTTY) stderr.write(done === of ? '\r\x1b[K' : `\r\x1b[K${line}`)
    else if (done * 10 >= (tenth + 1) * of) stderr.write(`${line}\n`)
    tenth = Math.floor((done * 10) / of)
  }
}

const makeFolder = async (folder: string) => {
  try {
    await mkdir(folder, { recursive: true })
  } catch (error) {
    throw new BadArguments(`--report ${folder}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
