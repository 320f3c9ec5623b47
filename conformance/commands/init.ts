/** `init`: a target file to fill in. */
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, relative, resolve } from 'node:path'
import { allCases, suite } from '../cases/index.ts'
import { operationIds } from '../parley.ts'
import { BadArguments, command, say } from './command.ts'
import { targetTemplate } from './template.ts'

export const init = command({
  usage: `usage: parley-conformance init [FILE] [options]

Creates a target file to fill in, which explains each key and says which cases need it. Without FILE it is printed.

  --claim NAMES   the operations or parts of the profile that the server has, separated by commas,
                  such as setChatPresence,listChatMessages; nothing else is claimed
  --all           claim everything
  --force         overwrite FILE
  --help          this text
`,
  options: { claim: { type: 'string' }, all: { type: 'boolean' }, force: { type: 'boolean' } },
  positionals: 1,
  run: async ({ claim, all = false, force = false }, [file]) => {
    if (all && claim !== undefined) throw new BadArguments('--all and --claim exclude each other')
    const claimed = all ? suite.features : namesIn(claim ?? '')
    const text = targetTemplate(allCases, { claimed, schemaPath: schemaFrom(dirname(resolve(file ?? 'target.yaml'))) })
    if (file === undefined) return say(text)
    if (file.endsWith('.json'))
      throw new BadArguments(`${file}: the template is YAML, because it has comments; choose a name that ends in .yaml`)
    await write(file, text, force)
    const claims = claimed.length > 0 ? '' : ' It claims nothing yet: under profile, set to true what the server has.'
    return say(`${file} is written.${claims} Fill it in, then: parley-conformance --target ${file}`)
  },
})

/** @throws BadArguments for what is neither an operation nor a part of the profile */
const namesIn = (list: string): string[] => {
  const names = list.split(',').filter((name) => name !== '')
  const known: readonly string[] = [...suite.features, ...operationIds]
  const [unknown] = names.filter((name) => !known.includes(name))
  if (unknown === undefined) return names
  throw new BadArguments(`--claim takes operations and parts of the profile, not ${unknown}: ${known.join(', ')}`)
}

const write = async (file: string, text: string, force: boolean) => {
  try {
    await writeFile(file, text, { flag: force ? 'w' : 'wx' })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EEXIST') throw new BadArguments(`${file} already exists; --force overwrites it`)
    throw new BadArguments(`${file}: cannot be written (${code})`)
  }
}

/** Where an editor finds the schema. Outside of the project it may be gone tomorrow, as in the cache of `npx`. */
const schemaFrom = (folder: string): string => {
  const file = relative(folder, createRequire(import.meta.url).resolve('@parley/conformance/target.schema.json'))
  return file.startsWith('..') ? './node_modules/@parley/conformance/target.schema.json' : `./${file}`
}
