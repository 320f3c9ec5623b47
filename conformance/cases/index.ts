/** Every case of the gateway's contract: what each operation's own file says, and what its shape promises. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { operationIds, parley } from '../parley.ts'
import { type Part, suiteOf } from '../suite.ts'
import { gateway } from './gateway.ts'

/** `<tag>/<operationId>.ts`, or `.js` where it is built. Files of other names are what several of them share. */
const files = readdirSync(import.meta.dirname, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /^\w+\.(ts|js)$/.test(entry.name))
  .map(({ name, parentPath }) => ({ name: name.replace(/\.\w+$/, ''), file: join(parentPath, name) }))

/** @throws when the operation has no file */
const partOf = async (operationId: string): Promise<Part> => {
  const found = files.find(({ name }) => name === operationId)
  if (found === undefined) throw new Error(`${operationId} has no file in conformance/cases`)
  return import(/* @vite-ignore */ pathToFileURL(found.file).href)
}

export const suite = suiteOf(parley, await Promise.all(operationIds.map(partOf)), gateway)

export const allCases = suite.cases
