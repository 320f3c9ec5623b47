/** What a caller may name: its own sessions and their chats. What is another's answers like what does not exist. */
import { admittedCall, type Base, effectsOf, idOf, makerOf, needsOf, refusal } from '../base.ts'
import { type Call, type Caller, type Case, type Context, Untestable } from '../case.ts'
import type { Schemas } from '../contract.ts'
import { saidBy } from '../said.ts'
import { cases, type Row } from '../table.ts'
import { walk, walkChecks } from '../walk.ts'

export const ownership = (base: Base): Case[] => {
  if (!('session' in base.path)) return []
  return cases(base, {}, [
    refusal(base, {
      id: '404/not_found/session-unknown',
      promise: 'does not find a session that does not exist',
      needs: ['fixtures.unknownSession'],
      broken: false,
      edit: (call, context) => withSession(call, context.get('fixtures.unknownSession')),
    }),
    foreign(base),
    foreignAsUnknown(base),
    refusal(base, {
      id: '422/validation_error/before-session-unknown',
      promise: 'looks at what was said before it looks for what was named',
      level: 'SHOULD',
      clause: '/info/description',
      needs: ['fixtures.unknownSession'],
      control: [idOf(base, '400|422/validation_error/query-unknown'), idOf(base, '404/not_found/session-unknown')],
      edit: (call, context) => ({
        ...withSession(call, context.get('fixtures.unknownSession')),
        query: { unknown: 1 },
      }),
    }),
    ...chats(base),
  ])
}

const isMade = ({ path }: Base) => path.session === 'made'
const hasChat = ({ path }: Base) => 'cid' in path

const withSession = (call: Call, session: string): Call => ({ ...call, path: { ...call.path, session } })

/** The admitted request on what the other organization has. */
const foreignCall = async (base: Base, context: Context): Promise<Call> => {
  const call = await admittedCall(base, context)
  if (isMade(base))
    return withSession(call, await context.make(makerOf(base, 'session'), { caller: { token: 'otherOrg' } }))
  const session = context.get('fixtures.otherOrgSession')
  if (!hasChat(base)) return withSession(call, session)
  return { ...call, path: { session, cid: await foreignChat(context, session) } }
}

/** A chat that the other organization does have: else a 404 would only say that there is no such chat. */
const foreignChat = async (context: Context, session: string): Promise<string> => {
  const call: Call = { operationId: 'listChats', path: { session }, query: { limit: 1 }, caller: { token: 'otherOrg' } }
  const { body } = await context.send<Schemas['ChatList']>(call, { status: 200 })
  const [chat] = body.data
  if (chat === undefined) throw new Untestable('fixtures.otherOrgSession has no stored chat')
  return chat.jid
}

const foreign = (base: Base): Row => ({
  id: '404/not_found/session-foreign',
  promise: 'does not find a session of another organization',
  needs: ['tokens.otherOrg', ...needsOf(base), ...(isMade(base) ? [] : ['fixtures.otherOrgSession' as const])],
  features: hasChat(base) ? ['chats'] : [],
  effects: effectsOf(base),
  control: [idOf(base)],
  // On a mock every session is everybody's.
  live: isMade(base) || hasChat(base),
  run: async (context) => {
    await context.send(await foreignCall(base, context), { status: 404, code: 'not_found' })
  },
})

const foreignAsUnknown = (base: Base): Row => ({
  ...foreign(base),
  id: '404/not_found/session-foreign-as-unknown',
  promise: 'answers for a session of another organization exactly as for one that does not exist',
  needs: [...(foreign(base).needs ?? []), 'fixtures.unknownSession'],
  live: true,
  checks: ['same-bytes'],
  control: [idOf(base, '404/not_found/session-foreign'), idOf(base, '404/not_found/session-unknown')],
  run: async (context) => {
    const expected = { status: 404, code: 'not_found' }
    const theirs = await foreignCall(base, context)
    const nobodys = withSession(theirs, context.get('fixtures.unknownSession'))
    const [one, other] = [await context.send(theirs, expected), await context.send(nobodys, expected)]
    // An answer may repeat the id that it was asked for: the caller knows it.
    const masked = (text: string, call: Call) => text.replaceAll(call.path?.session ?? '', '[session]')
    context.check(
      'same-bytes',
      masked(saidBy(one), theirs) === masked(saidBy(other), nobodys) &&
        one.headers['content-type'] === other.headers['content-type'],
      'the two answers differ, and so tell that the session exists',
    )
  },
})

const chatOfOthers = (base: Base, withChat: (call: Call, cid: string) => Call): Row => ({
  id: '404/not_found/chat-of-other-organization',
  promise: 'does not find a chat that only a session of another organization has',
  needs: [...needsOf(base), 'tokens.otherOrg', 'fixtures.otherOrgSession'],
  features: ['chats'],
  effects: effectsOf(base),
  control: [idOf(base), idOf(base, '404/not_found/chat-unknown')],
  live: true,
  checks: [...walkChecks],
  run: async (context) => {
    const call = await admittedCall(base, context)
    const jids = async (session: string, caller: Caller) => {
      const list: Call = { operationId: 'listChats', path: { session }, caller }
      const chats = await walk<Schemas['Chat']>(context, list, [200], 20_000)
      return chats.flatMap(({ jid, aliases = [] }) => [jid, ...aliases])
    }
    const ours = new Set(await jids(call.path?.session ?? '', { token: 'full' }))
    const theirs = await jids(context.get('fixtures.otherOrgSession'), { token: 'otherOrg' })
    const cid = theirs.find((jid) => !ours.has(jid))
    if (cid === undefined) throw new Untestable('fixtures.otherOrgSession has no chat that we do not have')
    await context.send(withChat(call, cid), { status: 404, code: 'not_found' })
  },
})

const chats = (base: Base): Row[] => {
  if (!hasChat(base) || base.row.live) return []
  const withChat = (call: Call, cid: string): Call => ({ ...call, path: { ...call.path, cid } })
  return [
    refusal(base, {
      id: '404/not_found/chat-unknown',
      promise: 'does not find a chat that is not stored',
      needs: ['fixtures.unknownChat'],
      broken: false,
      edit: (call, context) => withChat(call, context.get('fixtures.unknownChat')),
    }),
    refusal(base, {
      id: '404/not_found/chat-not-a-jid',
      promise: 'does not find a chat under a name that is no JID',
      broken: false,
      edit: (call) => withChat(call, 'nobody'),
    }),
    refusal(base, {
      id: '400|422/validation_error/chat-too-long',
      promise: 'refuses a chat name of 129 characters',
      edit: (call) => withChat(call, `${'1'.repeat(114)}@s.whatsapp.net`),
      steer: false,
    }),
    chatOfOthers(base, withChat),
    {
      id: `${base.admitted.split('/').slice(0, 2).join('/')}/chat-percent-encoded`,
      promise: 'takes %40 for @',
      needs: needsOf(base),
      effects: effectsOf(base),
      control: [idOf(base)],
      checks: ['same-chat'],
      run: async (context) => {
        const call = await admittedCall(base, context)
        const plain = await context.send(call, { status: 200 })
        const encoded = await context.send(
          { ...call, retarget: (target) => target.replace('@', '%40') },
          { status: 200 },
        )
        const [one, other] = [plain, encoded].map((answer) => base.contract.canonicalAnswer(base.operationId, answer))
        context.check('same-chat', one === other, 'the two spellings answer differently')
      },
    },
  ]
}
