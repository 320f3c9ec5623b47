/** Before any case: is anybody there, does it tell requests apart, and are tokens and fixtures what the target file says? */
import type { Base } from './base.ts'
import { type Call, type Caller, SuiteFault } from './case.ts'
import type { OperationRow, Schemas } from './contract.ts'
import { readAnswer } from './oracle.ts'
import { type Fixture, parameters } from './parameters.ts'
import { claims } from './profile.ts'
import { wireRequest } from './request.ts'
import type { Suite } from './suite.ts'
import { factOf, type Need, type Target, type TokenName, tokenNames } from './target.ts'
import type { Answer, Transport } from './transport.ts'

export interface Finding {
  /** A key of the target file; `target` is the whole. */
  key: Need | 'target'
  problem: string
}

type Ask = (call: Call) => Promise<Answer>

/**
 * A token is wrong when it answers 401, a session or chat when every claimed way to read it answers 404. Anything else that
 * is odd is for the cases to find.
 * @throws TransportFault when nobody answers
 */
export const preflight = async (suite: Suite, target: Target, transport: Transport): Promise<Finding[]> => {
  const ask: Ask = async (call) => readAnswer(await transport.send(wireRequest(suite.contract, call, target, {})))
  const anchor = anchorOf(suite, target)
  if (await answersAlike(anchor, ask)) return [{ key: 'target', problem: 'it answers every request alike' }]
  if (target.target.kind === 'mock') return []
  const findings: Finding[] = []
  for (const token of tokenNames) {
    if (factOf(target, `tokens.${token}`) === undefined) continue
    const { status } = await ask({ ...harmless(suite, target, token), caller: { token } })
    if (status === 401) findings.push({ key: `tokens.${token}`, problem: 'is refused with 401' })
  }
  const refused = findings.map(({ key }) => key)
  for (const probe of probesOf(suite, target)) {
    if (refused.includes(`tokens.${probe.token}`)) continue
    const problem = await probe.run(ask)
    if (problem !== undefined) findings.push({ key: probe.key, problem })
  }
  return findings
}

/** What a token is good for, asked of what does not exist: a request that only finds out who is asking. */
const harmless = (suite: Suite, target: Target, token: TokenName): Call => {
  const may = capabilityOf[token] ?? 'manage'
  const claimed = claimedIn(suite, target).filter(({ row }) => row.capabilities.includes(may))
  const base = claimed.find(({ row }) => row.method === 'GET') ?? claimed[0]
  if (base === undefined) return anchorOf(suite, target)
  return { operationId: base.operationId, path: pathOf(base, target, (name) => parameters[name]?.unknown) }
}

const capabilityOf: { [K in TokenName]?: OperationRow['capabilities'][number] } = {
  readOnly: 'read',
  sendOnly: 'send',
  memberLogin: 'read',
}

const claimedIn = (suite: Suite, target: Target): Base[] =>
  [...suite.bases.values()].filter(({ operationId }) => claims(suite, target, operationId))

/** What the target file says of each path parameter; what it does not say is `unknown`. */
const pathOf = (base: Base, target: Target, fixtureOf: (name: string) => Fixture | undefined): Record<string, string> =>
  Object.fromEntries(
    Object.keys(base.path).map((name) => {
      const fixture = fixtureOf(name)
      const fact = fixture && factOf(target, fixture)
      return [name, typeof fact === 'object' ? fact.id : (fact ?? 'unknown')]
    }),
  )

/** The simplest request that the target claims to answer: of a list, or with one of those that even small servers claim. */
const anchorOf = (suite: Suite, target: Target): Call => {
  const claimed = claimedIn(suite, target)
  const reads = claimed.filter(({ row }) => row.method === 'GET')
  const base =
    reads.find(({ path }) => Object.keys(path).length === 0) ??
    reads.find(({ anchor }) => anchor) ??
    claimed.find(({ anchor }) => anchor) ??
    claimed[0]
  if (base === undefined) throw new SuiteFault('the target claims no operation')
  const { operationId, body, harmless: quiet = body } = base
  const path = pathOf(base, target, (name) => parameters[name]?.own)
  return { operationId, path, ...(quiet !== undefined && { body: quiet }) }
}

const answersAlike = async (anchor: Call, ask: Ask): Promise<boolean> => {
  const known = await ask(anchor)
  const nobody = await ask({ ...anchor, caller: 'nobody' })
  const nowhere = await ask({ ...anchor, retarget: () => '/no-such-path' })
  return [nobody, nowhere].every(({ status, bytes }) => status === known.status && bytes.equals(known.bytes))
}

interface Probe {
  key: Need
  token: 'full' | 'otherOrg'
  /** @returns what is wrong with the fixture */
  run: (ask: Ask) => Promise<string | undefined>
}

const probesOf = (suite: Suite, target: Target): Probe[] => {
  const { fixtures, tokens } = target
  const live = fixtures.liveSession
  const session = (key: Need, id: string | undefined, token: Probe['token'], connected?: boolean): Probe[] => {
    if (id === undefined || tokens[token] === undefined) return []
    return [
      {
        key,
        token,
        run: async (ask) =>
          (await missing(suite, target, ask, { session: id }, { token })) ?? state(suite, target, ask, id, connected),
      },
    ]
  }
  const chat = (key: Need, id: string | undefined, session = live, token: Probe['token'] = 'full'): Probe[] => {
    if (id === undefined || session === undefined || tokens[token] === undefined) return []
    return [{ key, token, run: (ask) => missing(suite, target, ask, { session, cid: id }, { token }) }]
  }
  return [
    ...session('fixtures.liveSession', live, 'full', true),
    ...session('fixtures.offlineSession', fixtures.offlineSession, 'full', false),
    ...session('fixtures.otherOrgSession', fixtures.otherOrgSession, 'otherOrg'),
    ...session('fixtures.otherOrgOfflineSession', fixtures.otherOrgOfflineSession, 'otherOrg', false),
    ...chat('fixtures.chat', fixtures.chat?.id),
    ...chat('fixtures.unreadChat', fixtures.unreadChat?.id),
    ...chat('fixtures.otherChat', fixtures.otherChat?.id),
    ...chat('fixtures.aliasedChat', fixtures.aliasedChat?.id),
    ...chat('fixtures.offlineChat', fixtures.offlineChat?.id, fixtures.offlineSession),
    ...chat('fixtures.otherOrgChat', fixtures.otherOrgChat?.id, fixtures.otherOrgSession, 'otherOrg'),
    ...chat('fixtures.twinChat', fixtures.twinChat?.id),
  ]
}

/** How many operations must say that there is no such thing, where so many read it. */
const opinions = 2

const missing = async (
  suite: Suite,
  target: Target,
  ask: Ask,
  path: { session: string; cid?: string },
  caller: Caller,
) => {
  const names = Object.keys(path).join()
  const ways = claimedIn(suite, target)
    .filter(({ row, admitted, path: takes }) => isStoredRead(row, admitted) && Object.keys(takes).join() === names)
    .map(({ operationId }) => operationId)
    .slice(0, opinions)
  for (const operationId of ways) if ((await ask({ operationId, path, caller })).status !== 404) return undefined
  return ways.length === 0 ? undefined : `${ways.join(' and ')} answer${ways.length === 1 ? 's' : ''} 404`
}

const isStoredRead = ({ method, live }: OperationRow, admitted: string) =>
  method === 'GET' && !live && admitted.startsWith('200/')

const state = async (suite: Suite, target: Target, ask: Ask, session: string, connected: boolean | undefined) => {
  const claimed = claimedIn(suite, target).map(({ operationId }) => operationId)
  if (connected === undefined || !claimed.includes('getSession') || !claimed.includes('sessionMe')) return undefined
  const one = (await ask({ operationId: 'getSession', path: { session } })) as Answer<
    Partial<Schemas['Session']> | undefined
  >
  const two = (await ask({ operationId: 'sessionMe', path: { session } })) as Answer<Partial<Schemas['Me']> | undefined>
  const status = one.body?.status
  // Two opinions: a wrong answer of one operation is that operation's fault, not the fixture's.
  if (status === undefined || (status === 'working') === connected) return undefined
  if (two.body?.connected === connected) return undefined
  return connected ? `is ${status}, not working` : 'is connected'
}
