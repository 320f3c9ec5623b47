/** What a caller may name: sessions, and the chats that are stored of them. */
import { admittedCall, type Base, effectsOf, idOf, needsOf, outcomeOf, refusal, variantOf } from '../base.ts'
import { type Case, NotApplicable } from '../case.ts'
import { each } from '../each.ts'
import { cases, type Row } from '../table.ts'
import { isStoredChat, withChat, withSession } from './isolation.ts'

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
    near(base, '404/not_found/session-near', 'session', (id) => [
      ['without its last character', id.slice(0, -1)],
      ['with a character more', `${id}0`],
      ['with a space after it', `${id} `],
      ['with a line break after it', `${id}\n`],
      ['with U+0000 after it', `${id}\u0000`],
      ...wildcards(id),
    ]),
    ...chats(base),
  ])
}

/** What a search would take for any text, or for the end of one. */
const wildcards = (name: string): Near[] => [
  ['that is a percent sign', '%'],
  ['that ends with a percent sign', `${name.slice(0, 5)}%`],
  ['that is an asterisk', '*'],
  ['of underscores', '_'.repeat(name.length)],
  ['with a quotation mark', "' OR '1'='1"],
]

/** In words that finish "a session …", and its name. */
type Near = readonly [words: string, name: string]

/** Names that are almost right find nothing; a session may also be refused as no name of one. */
const near = (
  base: Base,
  id: string,
  parameter: 'session' | 'chat',
  namesOf: (name: string) => readonly Near[],
): Row => ({
  id,
  promise: `does not find a ${parameter} under a name that is almost right`,
  needs: needsOf(base),
  effects: effectsOf(base),
  control: [
    idOf(base, id.replace('-near', '-unknown')),
    ...(parameter === 'chat' ? [idOf(base, '404/not_found/chat-not-a-jid')] : []),
  ],
  live: true,
  checks: ['each'],
  run: async (context) => {
    const call = await admittedCall(base, context)
    const edit = parameter === 'session' ? withSession : withChat
    const name = call.path?.[parameter === 'session' ? 'session' : 'cid'] ?? ''
    const status = parameter === 'session' ? [404, ...context.schemaViolation] : 404
    await each(
      context,
      'each',
      namesOf(name).map(([words, one]) => [
        `a ${parameter} ${words}`,
        () => context.send({ ...edit(call, one), broken: true }, { status }),
      ]),
    )
  },
})

const chats = (base: Base): Row[] => {
  if (!isStoredChat(base)) return []
  return [
    near(base, '404/not_found/chat-near', 'chat', (id) => [['with a character more', `${id}0`], ...wildcards(id)]),
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
    {
      id: variantOf(base, 'chat-alias'),
      promise: 'takes each JID of a chat for the one chat',
      needs: needsOf(base),
      optional: ['fixtures.aliasedChat'],
      effects: effectsOf(base),
      lane: 'serial:otherChat',
      control: [idOf(base)],
      live: true,
      checks: ['same-chat'],
      run: async (context) => {
        const named = context.find('fixtures.aliasedChat')
        if (named === undefined) throw new NotApplicable('the target names no chat that has a second JID')
        const call = await admittedCall(base, context)
        const shown = async (cid: string) =>
          base.contract.canonicalAnswer(base.operationId, await context.send(withChat(call, cid), outcomeOf(base)))
        const plain = await shown(named.id)
        for (const alias of named.aliases)
          context.check('same-chat', (await shown(alias)) === plain, `${alias} is answered otherwise than ${named.id}`)
      },
    },
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
