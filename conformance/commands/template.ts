/** The commented target file: words from the schema, needs from the cases. */
import type { Case } from '../case.ts'
import { suite } from '../cases/index.ts'
import { contractVersion } from '../parley.ts'
import schema from '../target.schema.json' with { type: 'json' }
import { defaults } from '../target.ts'

interface Key {
  $ref?: string
  type?: unknown
  description?: string
  properties?: Readonly<Record<string, Key>>
}

/** What a key is set to. A key without an entry is a comment: the suite may do without. */
const values: Readonly<Record<string, string>> = {
  'target.name': 'My gateway',
  'target.version': '0.1.0',
  'target.kind': 'server',
  baseUrl: 'http://127.0.0.1:3000/api/v1',
  'contract.version': `'${contractVersion.split('.').slice(0, 2).join('.')}'`,
  ...Object.fromEntries(suite.features.map((feature) => [`profile.${feature}`, 'true'])),
  'choices.validationStatus': 'auto',
  'fixtures.unknownSession': 'sess_00000000000000000000000000',
  'fixtures.unknownChat': '6280000000000@s.whatsapp.net',
  'limits.timeoutMs': String(defaults.timeoutMs),
  'limits.concurrency': String(defaults.concurrency),
  'limits.effects': `[${defaults.effects.join(', ')}]`,
}

/** What is shown behind a key that is a comment. */
const examples: Readonly<Record<string, string>> = {
  'fixtures.liveSession': 'sess_…',
  'fixtures.offlineSession': 'sess_…',
  'fixtures.otherOrgSession': 'sess_…',
  'fixtures.otherOrgOfflineSession': 'sess_…',
  'fixtures.chat': '{ id: 628…@s.whatsapp.net, messageIds: [newest, …, oldest], unread: 3 }',
  'fixtures.unreadChat': '{ id: 628…@s.whatsapp.net, unread: 2 }',
  'fixtures.otherChat': '{ id: 628…@s.whatsapp.net }',
  'fixtures.busyChat': '{ id: 628…@s.whatsapp.net }',
  'fixtures.aliasedChat': '{ id: 628…@s.whatsapp.net, aliases: [987…@lid] }',
  'fixtures.offlineChat': '{ id: 628…@s.whatsapp.net }',
  'fixtures.otherOrgChat': '{ id: 628…@s.whatsapp.net }',
  'fixtures.twinChat': '{ id: 628…@s.whatsapp.net }',
  'fixtures.loginKeys': 'https://…/jwks.json',
  'fixtures.pairingPhone': "'628…'",
  baseline: './known-failures.yaml',
}

/** @param schemaPath where an editor finds the schema */
export const targetTemplate = (cases: readonly Case[], schemaPath: string): string => {
  const top: Readonly<Record<string, Key>> = schema.properties
  return [
    `# yaml-language-server: $schema=${schemaPath}`,
    ...comment(schema.description),
    ...Object.entries(top).flatMap(([name, key]) => ['', ...section(name, key, cases)]),
    '',
  ].join('\n')
}

const section = (name: string, { description, properties }: Key, cases: readonly Case[]): string[] => {
  if (properties === undefined) return [...comment(description), setting(name, name)]
  const keys = Object.entries(properties)
    // Single operations may be named there too, as the section says: features are enough to begin with.
    .filter(([inner]) => name !== 'profile' || suite.features.includes(inner))
    .flatMap(([inner, key]) => [
      ...comment(key.description),
      ...comment(usersOf(name, inner, cases)),
      setting(`${name}.${inner}`, inner),
    ])
  return [...comment(description), `${name}:`, ...keys.map((line) => `  ${line}`)]
}

const setting = (path: string, name: string): string => {
  const value = path.startsWith('tokens.') ? `\${${variableOf(name)}}` : values[path]
  return value === undefined ? `# ${name}: ${examples[path] ?? '…'}` : `${name}: ${value}`
}

/** `readOnly` is `TOKEN_READ_ONLY`, as in the curl lines of the reports. */
const variableOf = (token: string) => `TOKEN_${token.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`

/** Which cases a key decides about, in words. */
const usersOf = (part: string, name: string, cases: readonly Case[]): string => {
  if (part === 'profile')
    return counted(
      'Claims',
      cases.filter((one) => isClaimedBy(one, name)),
    )
  return counted(
    'Needed by',
    cases.filter(({ needs }) => needs.some((need) => need === `${part}.${name}`)),
  )
}

const isClaimedBy = ({ operationId, features: extra }: Case, name: string) =>
  extra.some((feature) => feature === name) || suite.featureOf(operationId) === name

const maxNamed = 2
const glue = '\u00a0'

const counted = (verb: string, cases: readonly Case[]): string => {
  if (cases.length === 0) return ''
  if (cases.length <= maxNamed) return `${verb} ${cases.map(({ id }) => id).join(', ')}`
  const each = [...Map.groupBy(cases, ({ operationId }) => operationId)].map(([id, own]) => `${id}${glue}${own.length}`)
  return `${verb} ${cases.length} cases: ${each.join(', ')}`
}

const width = 96

const comment = (text: string | undefined): string[] => {
  const lines: string[] = []
  for (const word of (text ?? '').split(/[ \n]+/).filter((each) => each !== '')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length > width) lines.push(`# ${word}`)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines.map((line) => line.replaceAll(glue, ' '))
}
