/** `init`: a target file to fill in. */
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, relative, resolve } from 'node:path'
import { allCases } from '../cases/index.ts'
import { BadArguments, command, say } from './command.ts'
import { targetTemplate } from './template.ts'

export const init = command({
  usage: `usage: parley-conformance init [FILE] [--force]

Makes a target file to fill in: each key with what it means and which cases need it. Without FILE it is printed.

  --force   overwrite FILE
  --help    this text
`,
  options: { force: { type: 'boolean' } },
  positionals: 1,
  run: async ({ force = false }, [file]) => {
    const text = targetTemplate(allCases, schemaFrom(dirname(resolve(file ?? 'target.yaml'))))
    if (file === undefined) return say(text)
    if (file.endsWith('.json')) throw new BadArguments(`${file}: the template is YAML, for its comments`)
    await write(file, text, force)
    return say(`${file} is there. Fill it in, then: parley-conformance --target ${file}`)
  },
})

const write = async (file: string, text: string, force: boolean) => {
  try {
    await writeFile(file, text, { flag: force ? 'w' : 'wx' })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EEXIST') throw new BadArguments(`${file} is there already; --force overwrites it`)
    throw new BadArguments(`${file}: cannot be written (${code})`)
  }
}

/** Where an editor finds the schema. Outside of the project it may be gone tomorrow, as in the cache of `npx`. */
const schemaFrom = (folder: string): string => {
  const file = relative(folder, createRequire(import.meta.url).resolve('@parley/conformance/target.schema.json'))
  return file.startsWith('..') ? './node_modules/@parley/conformance/target.schema.json' : `./${file}`
}
