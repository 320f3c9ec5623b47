/** Writes `generated/` from `openapi/`: bundle, types, table of operations, validators and reference page. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { generate } from '../contract/generate.ts'
import { staleFiles } from '../contract/stale.ts'
import { root } from '../contract/tools.ts'

const usage = `usage: node scripts/generate.ts [--check]

Writes generated/ from openapi/.

  --check  write nothing; name the files that are stale and exit 1 if there are any
  --help   this text`

const { values } = parseArgs({ options: { check: { type: 'boolean' }, help: { type: 'boolean' } } })
const folder = join(root, 'generated')

if (values.help) {
  console.log(usage)
} else if (values.check) {
  const stale = await staleFiles(await generate(), folder)
  for (const name of stale) console.error(`generated/${name} is stale: run npm run generate and commit what it writes`)
  if (stale.length > 0) process.exitCode = 1
} else {
  await mkdir(folder, { recursive: true })
  for (const [name, text] of Object.entries(await generate())) {
    await writeFile(join(folder, name), text)
    console.log(`generated/${name}`)
  }
}
