/**
 * Writes what is made from a contract: bundle, types, table of operations, validators and reference page. From `openapi/` the
 * folder `generated/`; and the same from the contract that the tests have, which has one operation of each shape.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { generate } from '../contract/generate.ts'
import { staleFiles } from '../contract/stale.ts'
import { root } from '../contract/tools.ts'

const usage = `usage: node scripts/generate.ts [--check]

Writes generated/ from openapi/, and the same of the tests' contract of every shape.

  --check  write nothing; name the files that are stale and exit 1 if there are any
  --help   this text`

/** Contract → folder. */
const contracts: [source: string, folder: string][] = [
  ['parley@v1', 'generated'],
  ['test/contract/every-shape/openapi.yaml', 'test/contract/every-shape/generated'],
]

const check = async (source: string, folder: string) => {
  const stale = await staleFiles(await generate(source), join(root, folder))
  for (const name of stale) console.error(`${folder}/${name} is stale: run npm run generate and commit what it writes`)
  if (stale.length > 0) process.exitCode = 1
}

const write = async (source: string, folder: string) => {
  for (const [name, text] of Object.entries(await generate(source))) {
    await mkdir(join(root, folder, dirname(name)), { recursive: true })
    await writeFile(join(root, folder, name), text)
    console.log(`${folder}/${name}`)
  }
}

const { values } = parseArgs({ options: { check: { type: 'boolean' }, help: { type: 'boolean' } } })

if (values.help) console.log(usage)
else for (const [source, folder] of contracts) await (values.check ? check : write)(source, folder)
