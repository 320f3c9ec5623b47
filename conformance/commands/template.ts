/** The commented target file: words from the schema, needs from the cases. */
import type { Case } from '../case.ts'
import { suite } from '../cases/index.ts'
import { contractVersion } from '../parley.ts'
import { claims, type Profile } from '../profile.ts'
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
  baseUrl: 'http://127.0.0.1:8080/api/v1',
  'contract.version': `'${contractVersion.split('.').slice(0, 2).join('.')}'`,
  'choices.validationStatus': 'auto',
  'fixtures.unknownSession': 'sess_00000000000000000000000000',
  'fixtures.unknownChat': '6280000000000@s.whatsapp.net',
  'fixtures.unknownMessage': 'msg_00000000000000000000000000',
  'limits.timeoutMs': String(defaults.timeoutMs),
  'limits.concurrency': String(defaults.concurrency),
  'limits.effects': `[${defaults.effects.join(', ')}]`,
}

/** What is shown after a key that is a comment. */
const examples: Readonly<Record<string, string>> = {
  'fixtures.liveSession': 'sess_…',
  'fixtures.offlineSession': 'sess_…',
  'fixtures.otherOrgSession': 'sess_…',
  'fixtures.otherOrgOfflineSession': 'sess_…',
  'fixtures.chat': '{ id: 628…@s.whatsapp.net, messageIds: [msg_…, msg_…, msg_…, msg_…, msg_…], unread: 3 }',
  'fixtures.unreadChat': '{ id: 628…@s.whatsapp.net, unread: 2 }',
  'fixtures.otherChat': '{ id: 628…@s.whatsapp.net }',
  'fixtures.busyChat': '{ id: 628…@s.whatsapp.net }',
  'fixtures.aliasedChat': '{ id: 628…@s.whatsapp.net, aliases: [987…@lid] }',
  'fixtures.offlineChat': '{ id: 628…@s.whatsapp.net }',
  'fixtures.offlineMessage': '{ id: msg_… }',
  'fixtures.offlinePoll': '{ id: msg_… }',
  'fixtures.webhook': '{ id: wh_… }',
  'fixtures.redeliveringWebhook': '{ id: wh_… }',
  'fixtures.delivery': '{ id: dlv_… }',
  'fixtures.otherOrgChat': '{ id: 628…@s.whatsapp.net }',
  'fixtures.twinChat': '{ id: 628…@s.whatsapp.net }',
  'fixtures.loginKeys': 'https://…/jwks.json',
  'fixtures.pairingPhone': "'628…'",
  'fixtures.message': '{ id: msg_… }',
  'fixtures.mediaMessage': '{ id: msg_…, sha256: 5891…, size: 184320 }',
  'fixtures.sendingSession': 'sess_…',
  'fixtures.sendTo': '{ id: 628…@s.whatsapp.net }',
  'fixtures.sendingMessage': '{ id: msg_… }',
  'limits.receiver': '{ host: 127.0.0.1, port: 0 }',
  baseline: './known-failures.yaml',
}

export interface Choices {
  /** Parts of the profile and operations that the server has. */
  claimed: readonly string[]
  /** Where an editor finds the schema. */
  schemaPath: string
}

export const targetTemplate = (cases: readonly Case[], { claimed, schemaPath }: Choices): string => {
  const top: Readonly<Record<string, Key>> = schema.properties
  return [
    `# yaml-language-server: $schema=${schemaPath}`,
    ...comment(schema.description),
    ...Object.entries(top).flatMap(([name, key]) => ['', ...section(name, key, { cases, claimed })]),
    '',
  ].join('\n')
}

interface Known {
  cases: readonly Case[]
  claimed: readonly string[]
}

/** What the template sets, so that everything else is unclaimed. */
const profileOf = (claimed: readonly string[]): Profile => ({
  ...Object.fromEntries(suite.features.map((feature) => [feature, claimed.includes(feature) || null])),
  ...Object.fromEntries(claimed.filter((name) => !suite.features.includes(name)).map((name) => [name, true])),
})

/** The cases that are judged when no more is claimed. */
const applicable = ({ cases, claimed }: Known): readonly Case[] => {
  const profile = profileOf(claimed)
  const isClaimed = (what: string) => what === 'gateway' || claims(suite, { profile }, what)
  return cases.filter(({ operationId, features }) => [operationId, ...features].every(isClaimed))
}

const section = (name: string, { description, properties }: Key, known: Known): string[] => {
  if (properties === undefined) return [...comment(description), setting(name, name)]
  if (name === 'profile') return profile(description, properties, known)
  const judged = applicable(known)
  // Where nothing is claimed yet, any of them may be meant.
  const told = known.claimed.length === 0 ? known.cases : judged
  const keys = Object.entries(properties).flatMap(([inner, key]) => {
    const isNeeded = judged.some((one) => isNeed(one, `${name}.${inner}`))
    return [
      ...comment(key.description),
      ...comment(neededBy(`${name}.${inner}`, told)),
      // A variable that no case needs need not be in the environment.
      `${name === 'tokens' && !isNeeded ? '# ' : ''}${setting(`${name}.${inner}`, inner)}`,
    ]
  })
  return [...comment(description), `${name}:`, ...indented(keys)]
}

/** Every part, claimed or not; and of single operations those that are. */
const profile = (description: string | undefined, parts: Required<Key>['properties'], { cases, claimed }: Known) => {
  const features = suite.features.flatMap((feature) => {
    const own = cases.filter((one) => isClaimedBy(one, feature))
    const lines = [...comment(parts[feature]?.description), ...comment(counted('Claims', own))]
    return [...lines, `${feature}: ${profileOf(claimed)[feature]}`]
  })
  const operations = claimed.filter((name) => !suite.features.includes(name)).map((name) => `${name}: true`)
  return [...comment(description), 'profile:', ...indented([...features, ...operations])]
}

const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}`)

const setting = (path: string, name: string): string => {
  const value = path.startsWith('tokens.') ? `\${${variableOf(name)}}` : values[path]
  return value === undefined ? `# ${name}: ${examples[path] ?? '…'}` : `${name}: ${value}`
}

/** `readOnly` is `TOKEN_READ_ONLY`, as in the curl lines of the reports. */
const variableOf = (token: string) => `TOKEN_${token.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`

/** Which cases cannot do without a key, in words. */
const neededBy = (path: string, cases: readonly Case[]): string =>
  counted(
    'Needed by',
    cases.filter((one) => isNeed(one, path)),
  )

const isNeed = ({ needs }: Case, path: string) => needs.some((need) => need === path)

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
