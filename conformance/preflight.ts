/** Before any case: is anybody there, does it tell requests apart, and are tokens and fixtures what the target file says? */
import type { Base } from './base.ts'
import { type Call, type Caller, SuiteFault } from './case.ts'
import type { OperationRow, Schemas } from './contract.ts'
import { readAnswer } from './oracle.ts'
import { type Fixture, parameters } from './parameters.ts'
import { noSuchPath, type Presences } from './presence.ts'
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
 * A token is wrong when it answers 401, a session or chat when every claimed way to read it answers 404, and is there. Anything
 * else that is odd is for the cases to find: an operation that the server does not have is no mistake of the target file.
 * @throws TransportFault when nobody answers
 */
export const preflight = async (
  suite: Suite,
  target: Target,
  { transport, presence }: { transport: Transport; presence: Presences },
): Promise<Finding[]> => {
  const ask: Ask = async (call) => readAnswer(await transport.send(wireRequest(suite.contract, call, target, {})))
  if (await answersAlike(anchorsOf(suite, target), ask))
    return [{ key: 'target', problem: 'it answers every request alike' }]
  if (target.target.kind === 'mock') return []
  const findings: Finding[] = []
  for (const token of tokenNames) {
    if (factOf(target, `tokens.${token}`) === undefined) continue
    const { status } = await ask({ ...harmless(suite, target, token), caller: { token } })
    if (status === 401) findings.push({ key: `tokens.${token}`, problem: 'is refused with 401' })
  }
  const refused = findings.map(({ key }) => key)
  for (const probe of probesOf(suite, target, presence)) {
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
  if (base === undefined) return anchorsOf(suite, target)[0]
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

/**
 * Requests that the target claims to answer and that change next to nothing, the simplest first: reads, of a list above all, and
 * what even small servers claim.
 */
const anchorsOf = (suite: Suite, target: Target): [Call, ...Call[]] => {
  const claimed = claimedIn(suite, target)
  const reads = claimed.filter(({ row }) => row.method === 'GET')
  const lists = reads.filter(({ path }) => Object.keys(path).length === 0)
  const small = [...reads, ...claimed].filter(({ anchor }) => anchor)
  const [first = claimed[0], ...others] = new Set([...lists, ...small, ...reads])
  if (first === undefined) throw new SuiteFault('the target claims no operation')
  const callOf = ({ operationId, body, harmless: quiet = body, ...base }: Base): Call => {
    const path = pathOf({ operationId, ...base }, target, (name) => parameters[name]?.own)
    return { operationId, path, ...(quiet !== undefined && { body: quiet }) }
  }
  return [callOf(first), ...others.map(callOf)]
}

/** One operation that answers otherwise than to a caller without a token and than an unknown path is enough: others may be missing. */
const answersAlike = async (anchors: readonly Call[], ask: Ask): Promise<boolean> => {
  for (const anchor of anchors) {
    const known = await ask(anchor)
    const nobody = await ask({ ...anchor, caller: 'nobody' })
    const nowhere = await ask({ ...anchor, retarget: noSuchPath })
    const alike = [nobody, nowhere].every(({ status, bytes }) => status === known.status && bytes.equals(known.bytes))
    if (!alike) return false
  }
  return true
}

interface Probe {
  key: Need
  token: 'full' | 'otherOrg'
  /** @returns what is wrong with the fixture */
  run: (ask: Ask) => Promise<string | undefined>
}

const probesOf = (suite: Suite, target: Target, presence: Presences): Probe[] => {
  const { fixtures, tokens } = target
  const live = fixtures.liveSession
  const session = (key: Need, id: string | undefined, token: Probe['token'], connected?: boolean): Probe[] => {
    if (id === undefined || tokens[token] === undefined) return []
    return [
      {
        key,
        token,
        run: async (ask) =>
          (await missing(suite, target, { ask, presence }, { session: id }, { token })) ??
          state(suite, target, ask, id, connected),
      },
    ]
  }
  const chat = (key: Need, id: string | undefined, session = live, token: Probe['token'] = 'full'): Probe[] => {
    if (id === undefined || session === undefined || tokens[token] === undefined) return []
    return [{ key, token, run: (ask) => missing(suite, target, { ask, presence }, { session, cid: id }, { token }) }]
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
  { ask, presence }: { ask: Ask; presence: Presences },
  path: { session: string; cid?: string },
  caller: Caller,
) => {
  const names = Object.keys(path).join()
  const ways: string[] = []
  for (const { operationId, row, admitted, path: takes } of claimedIn(suite, target)) {
    if (ways.length === opinions || !isStoredRead(row, admitted) || Object.keys(takes).join() !== names) continue
    if ((await presence(operationId)) !== 'there') continue
    if ((await ask({ operationId, path, caller })).status !== 404) return undefined
    ways.push(operationId)
  }
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
