/** The target file: checked, with each mistake named, and read with secrets from outside. */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import { contractVersion, operationIds } from './parley.ts'
import schema from './target.schema.json' with { type: 'json' }
import { type BaselineEntry, type Fixtures, type Target, tokenNames } from './target.ts'

/** The target file cannot be used. One message for each mistake. */
export class BadTarget extends Error {
  override name = 'BadTarget'
  readonly mistakes: readonly string[]
  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'))
    this.mistakes = mistakes
  }
}

const isTarget = new Ajv2020({ allErrors: true, strict: false }).compile<Target>(schema)

/** @throws BadTarget with a message for each mistake */
export const checkTarget = (value: unknown): Target => {
  if (!isTarget(value)) throw new BadTarget((isTarget.errors ?? []).map(inWords))
  const [major] = contractVersion.split('.')
  const mistakes = [
    ...Object.keys(value.profile ?? {})
      .filter((name) => !isClaimable(name))
      .map((name) => `profile.${name}: is no part of the contract and no operation`),
    ...(value.contract.version.split('.')[0] === major
      ? []
      : [`contract.version: this suite knows ${contractVersion}, not ${value.contract.version}`]),
    ...mistakesOf(value.baseUrl),
    ...tokenNames
      .filter((name) => !isHeaderText(value.tokens[name] ?? ''))
      .map((name) => `tokens.${name}: has characters that no header can carry`),
  ]
  if (mistakes.length > 0) throw new BadTarget(mistakes)
  return value
}

/** Parts are said in the schema, each with what it is; operations are the contract's. */
const isClaimable = (name: string) =>
  Object.hasOwn(schema.properties.profile.properties, name) || operationIds.some((id) => id === name)

const mistakesOf = (baseUrl: string): string[] => {
  if (!URL.canParse(baseUrl)) return ['baseUrl: is not a URL']
  const { username, password } = new URL(baseUrl)
  return username === '' && password === '' ? [] : ['baseUrl: has credentials; they belong under tokens']
}

/** @returns what is wrong with a fixture that did not come from a target file */
export const fixtureFault = (name: keyof Fixtures, value: unknown): string | undefined => {
  const errors = isTarget({ ...blank, fixtures: { [name]: value } }) ? [] : (isTarget.errors ?? [])
  return errors[0] && inWords(errors[0])
}

const blank = {
  target: { name: '-', version: '-', kind: 'server' },
  baseUrl: 'http://127.0.0.1/v1',
  contract: { version: contractVersion },
  tokens: {},
}

const isHeaderText = (text: string) => /^[\x21-\x7e]*$/.test(text)

/** Reads a target file (JSON when it is named so, else YAML), with `${NAME}` filled in from the environment. */
export const readTarget = async (
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<{ target: Target; baseline: BaselineEntry[] }> => {
  const target = checkTarget(expand(await parseFile(file), environment))
  const baseline = target.baseline === undefined ? [] : await readBaseline(resolve(dirname(file), target.baseline))
  return { target, baseline }
}

/** Reads a list of known failures. */
export const readBaseline = async (file: string): Promise<BaselineEntry[]> => {
  const list = await parseFile(file)
  const isEntry = (entry: unknown): entry is BaselineEntry =>
    typeof entry === 'object' &&
    entry !== null &&
    'id' in entry &&
    typeof entry.id === 'string' &&
    'reason' in entry &&
    typeof entry.reason === 'string'
  if (Array.isArray(list) && list.every(isEntry)) return list
  throw new BadTarget([`${file}: must be a list of {id, reason}`])
}

const parseFile = async (file: string): Promise<unknown> => {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch {
    throw new BadTarget([`${file}: cannot be read`])
  }
  try {
    return file.endsWith('.json') ? JSON.parse(text) : parse(text)
  } catch (error) {
    throw new BadTarget([`${file}: ${error instanceof Error ? error.message : String(error)}`])
  }
}

const expand = (value: unknown, environment: Readonly<Record<string, string | undefined>>): unknown => {
  const missing: string[] = []
  const visit = (part: unknown): unknown => {
    if (typeof part === 'string')
      return part.replaceAll(/\$\{(\w+)\}/g, (_whole, name: string) => {
        const found = environment[name]
        if (found === undefined)
          missing.push(`\${${name}}: is not set in the environment: set it, or delete the line that names it`)
        // As CI does with a secret that a project, or a fork of it, does not have.
        if (found === '')
          missing.push(`\${${name}}: is empty in the environment: set it, or delete the line that names it`)
        return found ?? ''
      })
    if (Array.isArray(part)) return part.map(visit)
    if (typeof part === 'object' && part !== null)
      return Object.fromEntries(Object.entries(part).map(([key, member]) => [key, visit(member)]))
    return part
  }
  const expanded = visit(value)
  if (missing.length > 0) throw new BadTarget([...new Set(missing)])
  return expanded
}

const inWords = ({ instancePath, message, params, keyword }: ErrorObject): string => {
  const where = instancePath.slice(1).replaceAll('/', '.') || 'the target'
  if (keyword === 'additionalProperties') return `${where}: has no key ${params.additionalProperty}`
  if (keyword === 'enum') return `${where}: must be one of ${params.allowedValues.join(', ')}`
  return `${where}: ${message ?? 'is not valid'}`
}
