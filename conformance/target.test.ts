/** The target file: every mistake is named, and secrets come from outside. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { suite } from './cases/index.ts'
import { contractVersion } from './parley.ts'
import schema from './target.schema.json' with { type: 'json' }
import { defaults, effects, tokenNames } from './target.ts'
import { BadTarget, checkTarget, readTarget } from './target-file.ts'

/** How a target file asks for a variable. */
const environment = (name: string) => `\${${name}}`

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'target-'))
})
afterAll(() => rm(folder, { recursive: true }))

const minimal = {
  target: { name: 'mine', version: '1', kind: 'server' },
  baseUrl: 'http://127.0.0.1:1/api/v1',
  contract: { version: '1.0' },
  tokens: {},
  fixtures: {},
}

const mistakes = (change: Record<string, unknown>): readonly string[] => {
  try {
    checkTarget({ ...minimal, ...change })
    return []
  } catch (error) {
    return error instanceof BadTarget ? error.mistakes : [String(error)]
  }
}

const file = async (name: string, text: string) => {
  await writeFile(join(folder, name), text)
  return join(folder, name)
}

test('little is enough', () => expect(mistakes({})).toEqual([]))

test.for(['1.0', '1.0.0', '1.0.0-beta.1', contractVersion])('the contract may be called %s', (version) =>
  expect(mistakes({ contract: { version } })).toEqual([]),
)

test.for([
  [{ baseUrl: undefined }, "the target: must have required property 'baseUrl'"],
  [{ baseUrl: 'http://127.0.0.1/' }, 'baseUrl: must match pattern "^https?://[^?#]+[^/?#]$"'],
  [{ baseUrl: 'http://me:secret@127.0.0.1/v1' }, 'baseUrl: has credentials; they belong under tokens'],
  [{ contract: { version: '2.0' } }, `contract.version: this suite knows ${contractVersion}, not 2.0`],
  [{ colour: 'red' }, 'the target: has no key colour'],
  [{ target: { ...minimal.target, kind: 'toy' } }, 'target.kind: must be one of server, mock'],
  [{ tokens: { full: 'a b' } }, 'tokens.full: has characters that no header can carry'],
  [{ fixtures: { pairingPhone: '+62' } }, 'fixtures.pairingPhone: must match pattern "^[1-9][0-9]{6,14}$"'],
  [{ profile: { presence: 'yes' } }, 'profile.presence: must be boolean,null'],
  [{ limits: { timeoutMs: 0 } }, 'limits.timeoutMs: must be >= 50'],
] as const)('%j is a mistake with a name', ([change, message]) => expect(mistakes(change)).toEqual([message]))

test('all mistakes are named at once', () =>
  expect(mistakes({ baseUrl: 1, tokens: { full: '' }, fixtures: null })).toHaveLength(3))

test('text may come from the environment; what is not set there is a mistake', async () => {
  const yaml = await file(
    'a.yaml',
    JSON.stringify({ ...minimal, tokens: { full: environment('TOKEN'), readOnly: `x-${environment('OTHER')}` } }),
  )
  const { target } = await readTarget(yaml, { TOKEN: 'wa_secret', OTHER: 'y' })
  expect(target.tokens).toEqual({ full: 'wa_secret', readOnly: 'x-y' })
  await expect(readTarget(yaml, { TOKEN: 'wa_secret' })).rejects.toMatchObject({
    mistakes: [`${environment('OTHER')}: is not set in the environment: set it, or delete the line that names it`],
  })
})

test('a file is JSON when it is named so, else YAML', async () => {
  expect((await readTarget(await file('b.json', JSON.stringify(minimal)), {})).target).toEqual(minimal)
  await expect(readTarget(await file('c.json', 'target: {}'), {})).rejects.toBeInstanceOf(BadTarget)
  await expect(readTarget(await file('d.yaml', 'target: [}'), {})).rejects.toBeInstanceOf(BadTarget)
  await expect(readTarget(join(folder, 'none.yaml'), {})).rejects.toMatchObject({
    mistakes: [expect.stringContaining('cannot be read')],
  })
})

test('known failures stand in a file next to it', async () => {
  await file('known.yaml', '- id: a/200/-/b\n  reason: soon\n')
  const { baseline } = await readTarget(
    await file('e.yaml', JSON.stringify({ ...minimal, baseline: './known.yaml' })),
    {},
  )
  expect(baseline).toEqual([{ id: 'a/200/-/b', reason: 'soon' }])
  await file('wrong.yaml', '- a/200/-/b\n')
  const wrong = await file('f.yaml', JSON.stringify({ ...minimal, baseline: './wrong.yaml' }))
  await expect(readTarget(wrong, {})).rejects.toBeInstanceOf(BadTarget)
})

test('the published schema knows the same names as the suite', () => {
  const { profile, tokens, limits } = schema.properties
  expect(Object.keys(profile.properties)).toEqual(expect.arrayContaining([...suite.features]))
  expect(Object.keys(tokens.properties)).toEqual([...tokenNames])
  expect(limits.properties.effects.items.enum).toEqual([...effects])
  expect(effects).toEqual(expect.arrayContaining([...defaults.effects]))
})
