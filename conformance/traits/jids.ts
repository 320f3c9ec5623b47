/** What names a chat, and what only looks as if it did. */
import { admittedCall, type Base, effectsOf, idOf, needsOf, outcomeOf, refusal, variantOf } from '../base.ts'
import type { Call, Case } from '../case.ts'
import { cases, type Row } from '../table.ts'

export const jids = (base: Base): Case[] => {
  if (!('cid' in base.path)) return []
  return cases(base, {}, base.row.live ? [...taken(base), ...notJids(base)] : notStored(base))
}

const withChat = (call: Call, cid: string): Call => ({ ...call, path: { ...call.path, cid } })

const taken = (base: Base): Row[] => [
  {
    id: variantOf(base, 'chat-group-old-style'),
    promise: 'takes a group whose JID is of the old style',
    needs: needsOf(base),
    effects: effectsOf(base),
    control: [idOf(base)],
    run: async (context) => {
      const call = await admittedCall(base, context)
      await context.send(withChat(call, '6281234567890-1612345678@g.us'), outcomeOf(base))
    },
  },
]

const user = '628123456789'

const notJids = (base: Base): Row[] => {
  const refuses = (variant: string, what: string, cid: string): Row =>
    refusal(base, {
      id: `400|422/validation_error/${variant}`,
      promise: `refuses ${what}`,
      steer: false,
      edit: (call) => withChat(call, cid),
    })
  return [
    refuses('chat-number-alone', 'a number without a server', user),
    refuses('chat-with-plus', 'a number with a plus', `+${user}@s.whatsapp.net`),
    refuses('chat-with-letter', 'a number with a letter', `${user}x@s.whatsapp.net`),
    refuses('chat-leading-zero', 'a number with a zero in front', `0${user}@s.whatsapp.net`),
    refuses('chat-server-capitals', 'a server in capitals', `${user}@S.WHATSAPP.NET`),
    refuses('chat-server-longer', 'a server that only begins like one', `${user}@s.whatsapp.net.example`),
    refuses('chat-server-unknown', 'a server that nobody knows', `${user}@example.com`),
    refuses('chat-server-of-old', 'the server that WhatsApp Web had', `${user}@c.us`),
    refuses('chat-broadcast', 'a broadcast list, which has no presence', `${user}@broadcast`),
    refuses('chat-status', 'status updates, which have no presence', 'status@broadcast'),
    refuses('chat-without-user', 'a server without a number', '@s.whatsapp.net'),
    refuses('chat-with-space', 'a JID with a space in front', ` ${user}@s.whatsapp.net`),
    refusal(base, {
      id: '400|422/validation_error/chat-encoded-twice',
      promise: 'decodes a path once',
      live: true,
      edit: (call) => ({ ...call, retarget: (target) => target.replace('@', '%2540') }),
    }),
  ]
}

const notStored = (base: Base): Row[] => {
  const hides = (variant: string, promise: string, edit: (call: Call) => Call): Row =>
    refusal(base, { id: `404/not_found/${variant}`, promise, live: true, broken: false, edit })
  return [
    hides('chat-encoded-twice', 'decodes a path once', (call) => ({
      ...call,
      retarget: (target) => target.replace('@', '%2540'),
    })),
    hides('chat-number-alone', 'does not find a chat by its number alone', (call) =>
      withChat(call, (call.path?.cid ?? '').split('@')[0] ?? ''),
    ),
    hides('chat-cut', 'does not find a chat by the beginning of its JID', (call) =>
      withChat(call, (call.path?.cid ?? '').slice(0, -1)),
    ),
  ]
}
