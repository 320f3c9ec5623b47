/** `badge`: the outcome of a run as a picture for a README. */
import { writeFile } from 'node:fs/promises'
import { toBadge } from '../report/badge.ts'
import { readResult } from '../report/json.ts'
import { BadArguments, command, say } from './command.ts'

export const badge = command({
  usage: `usage: parley-conformance badge RESULT [options]

Makes an SVG badge of the outcome of a run: conformant, n failing, not measured. It is never green for a mock, for a run of
some cases, or if a baseline excuses a failure. RESULT is the result.json of a run.

  --out FILE   write it there (default: print it)

Exit codes: 0 written, 2 the result is truncated or damaged, 3 bad arguments.
`,
  options: { out: { type: 'string' } },
  positionals: 1,
  run: async ({ out }, [file]) => {
    if (file === undefined) throw new BadArguments('a result.json is needed')
    const svg = toBadge(await readResult(file))
    if (out === undefined) return say(svg)
    await writeFile(out, svg)
    return 0
  },
})
