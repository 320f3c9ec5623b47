/** Before any case: is anybody there, does it tell requests apart, and are tokens and fixtures what the target file says? */
import type { Call, Caller } from './case.ts'
import { type OperationRow, operationIds, operations, type Schemas } from './contract.ts'
import { readAnswer } from './oracle.ts'
import { claims } from './profile.ts'
import { wireRequest } from './request.ts'
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
export const preflight = async (target: Target, transport: Transport): Promise<Finding[]> => {
  const ask: Ask = async (call) => readAnswer(await transport.send(wireRequest(call, target, {})))
  const anchor = anchorOf(target)
  if (await answersAlike(anchor, ask)) return [{ key: 'target', problem: 'it answers every request alike' }]
  if (target.target.kind === 'mock') return []
  const findings: Finding[] = []
  for (const token of tokenNames) {
    if (factOf(target, `tokens.${token}`) === undefined) continue
    const { status } = await ask({ ...harmless(target, token), caller: { token } })
    if (status === 401) findings.push({ key: `tokens.${token}`, problem: 'is refused with 401' })
  }
  const refused = findings.map(({ key }) => key)
  for (const probe of probesOf(target)) {
    if (refused.includes(`tokens.${probe.token}`)) continue
    const problem = await probe.run(ask)
    if (problem !== undefined) findings.push({ key: probe.key, problem })
  }
  return findings
}

/** What a token is good for, asked of a session that does not exist: a request that only finds out who is asking. */
const harmless = (target: Target, token: TokenName): Call => {
  const may = capabilityOf[token] ?? 'manage'
  const claimed = operationIds.filter(
    (id) => claims(target, id) && operations[id].capabilities.some((one) => one === may),
  )
  const operationId = claimed.find((id) => operations[id].method === 'GET') ?? claimed[0]
  if (operationId === undefined) return anchorOf(target)
  const { unknownSession = 'unknown', unknownChat = 'unknown' } = target.fixtures
  return { operationId, path: { session: unknownSession, cid: unknownChat } }
}

const capabilityOf: { [K in TokenName]?: OperationRow['capabilities'][number] } = {
  readOnly: 'read',
  sendOnly: 'send',
  memberLogin: 'read',
}

/** The simplest request that the target claims to answer. */
const anchorOf = (target: Target): Call => {
  if (claims(target, 'listSessions')) return { operationId: 'listSessions' }
  const path = {
    session: target.fixtures.liveSession ?? target.fixtures.offlineSession ?? 'unknown',
    cid: target.fixtures.chat?.id ?? target.fixtures.unknownChat ?? 'unknown',
  }
  if (claims(target, 'listChatMessages')) return { operationId: 'listChatMessages', path }
  return { operationId: 'setChatPresence', path, body: { state: 'paused' } }
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

const probesOf = (target: Target): Probe[] => {
  const { fixtures, tokens } = target
  const live = fixtures.liveSession
  const session = (key: Need, id: string | undefined, token: Probe['token'], connected?: boolean): Probe[] => {
    if (id === undefined || tokens[token] === undefined) return []
    return [
      {
        key,
        token,
        run: async (ask) =>
          (await missing(target, ask, { session: id }, { token })) ?? state(target, ask, id, connected),
      },
    ]
  }
  const chat = (key: Need, id: string | undefined): Probe[] => {
    if (id === undefined || live === undefined) return []
    return [{ key, token: 'full', run: (ask) => missing(target, ask, { session: live, cid: id }, { token: 'full' }) }]
  }
  return [
    ...session('fixtures.liveSession', live, 'full', true),
    ...session('fixtures.offlineSession', fixtures.offlineSession, 'full', false),
    ...session('fixtures.otherOrgSession', fixtures.otherOrgSession, 'otherOrg'),
    ...chat('fixtures.chat', fixtures.chat?.id),
    ...chat('fixtures.unreadChat', fixtures.unreadChat?.id),
    ...chat('fixtures.otherChat', fixtures.otherChat?.id),
  ]
}

const missing = async (target: Target, ask: Ask, path: { session: string; cid?: string }, caller: Caller) => {
  const ways =
    path.cid === undefined ? (['getSession', 'listChats'] as const) : (['getChat', 'listChatMessages'] as const)
  const claimed = ways.filter((id) => claims(target, id))
  for (const operationId of claimed) if ((await ask({ operationId, path, caller })).status !== 404) return undefined
  return claimed.length === 0 ? undefined : `${claimed.join(' and ')} answer${claimed.length === 1 ? 's' : ''} 404`
}

const state = async (target: Target, ask: Ask, session: string, connected: boolean | undefined) => {
  if (connected === undefined || !claims(target, 'getSession') || !claims(target, 'sessionMe')) return undefined
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
