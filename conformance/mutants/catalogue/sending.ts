/** Servers that send otherwise than they say. */
import type { Schemas } from '../../contract.ts'
import {
  answersWith,
  edited,
  headed,
  insteadOf,
  isObject,
  look,
  on,
  refuse,
  type reply,
  shows,
  withMembers,
} from '../fault.ts'
import type { Mutant } from '../mutant.ts'

type Message = Schemas['Message']

const send = 'sendMessage'
const get = 'getMessage'
const forward = 'forwardMessage'

const without =
  (member: string) =>
  (body: Record<string, unknown>): Record<string, unknown> => {
    const { [member]: _, ...rest } = body
    return _ === undefined ? body : rest
  }

/** Sends the message without one of its members. */
const loses = (member: string, variant: string, because: string, touches: string[] = []): Mutant => ({
  id: `sending/no-${variant}`,
  fault: `sends a message without its ${member}`,
  killedBy: [`${send}/200/-/${variant}`],
  because,
  touches,
  make: () => on(send, (asked, ask) => ask(withMembers(asked, without(member)))),
})

/** Sends a reply as a plain message when what it answers is not there. */
const quotesAnything = (variant: string): Mutant => ({
  id: `sending/${variant}`,
  fault: 'sends a reply to what is not there as a message of its own',
  killedBy: [`${send}/404/not_found/${variant}`],
  because: 'answered 200 instead of 404',
  touches: [`${send}/404/not_found/quoted-*`],
  make: () =>
    on(
      ({ operationId, body }) => operationId === send && isObject(body) && 'quotedMessageId' in body,
      insteadOf(404, (asked, ask) => ask(withMembers(asked, without('quotedMessageId')))),
    ),
})

/** Says of what WhatsApp refused that it is on its way. */
const pretends = (status: number, id: string): Mutant => ({
  id: `sending/pretends-${status}`,
  fault: `answers 202 where WhatsApp refused, in place of ${status}`,
  killedBy: [`${send}/${id}`],
  because: new RegExp(`answered 202 instead of (400 or )?${status}`),
  touches: ['forwardMessage/409/*'],
  make: () =>
    on(send, async (asked, ask) => {
      const answer = await ask(asked)
      const { error } = answer.status === status ? (JSON.parse(answer.bytes.toString()) as Schemas['Error']) : {}
      if (!error?.message.includes('WhatsApp')) return answer
      return ask({ ...asked, target: `${asked.target}?async=true`, query: new URLSearchParams({ async: 'true' }) })
    }),
})

export const sending: readonly Mutant[] = [
  loses('quotedMessageId', 'quoted', 'it quotes nothing', [`${send}/404/not_found/quoted-*`]),
  loses('mentions', 'mentions', 'it mentions nobody', [`${send}/400|422/validation_error/mentions-*`]),
  quotesAnything('quoted-unknown'),
  quotesAnything('quoted-of-another-session'),
  pretends(403, '403/refused/whatsapp'),
  pretends(409, '409/conflict/whatsapp-limit'),
  pretends(422, '422/validation_error/whatsapp'),
  {
    id: 'sending/any-group',
    fault: 'answers 202 for a group that does not exist',
    killedBy: [`${send}/404/not_found/group-unknown`],
    because: 'answered 202 instead of 404',
    make: () =>
      on(
        ({ operationId, body }) => operationId === send && isObject(body) && body.to === '120369999999999999@g.us',
        insteadOf(404, (asked, ask) =>
          ask({ ...asked, target: `${asked.target}?async=true`, query: new URLSearchParams({ async: 'true' }) }),
        ),
      ),
  },
  {
    id: 'sending/trimmed',
    fault: 'takes spaces and line breaks from both ends of a text',
    killedBy: [`${send}/200/-/lines`],
    because: 'the answer has another body',
    make: () =>
      on(send, (asked, ask) =>
        ask(
          withMembers(asked, (body) =>
            typeof body.text === 'string' && body.text.trim() !== '' ? { ...body, text: body.text.trim() } : body,
          ),
        ),
      ),
  },
  {
    id: 'sending/shortened',
    fault: 'stores the first 4,096 characters of a text',
    killedBy: [`${send}/200/-/longest`],
    because: 'getMessage shows another body',
    make: () => shows<Message>(get, (body) => ({ ...body, ...(body.body && { body: body.body.slice(0, 4_096) }) })),
  },
  {
    id: 'sending/nul-removed',
    fault: 'sends another text than it was given, without its U+0000',
    killedBy: [`${send}/400|422/validation_error/text-nul`],
    because: 'answered 200 instead of 400 or 422',
    make: () =>
      on(
        send,
        insteadOf([400, 422], (asked, ask) =>
          ask(
            withMembers(asked, (body) =>
              typeof body.text === 'string' ? { ...body, text: body.text.replaceAll('\0', '') } : body,
            ),
          ),
        ),
      ),
  },
  {
    id: 'sending/counted-in-halves',
    fault: 'stores the first 65,536 UTF-16 units of a text',
    killedBy: [`${send}/200/-/longest`],
    because: 'getMessage shows another body',
    make: () => shows<Message>(get, (body) => ({ ...body, ...(body.body && { body: body.body.slice(0, 65_536) }) })),
  },
  {
    id: 'sending/one-for-two',
    fault: 'takes the same text twice for one message',
    killedBy: [`${send}/200/-/each-its-own`],
    because: 'two calls made one message',
    touches: [
      'addReaction/20*',
      'removeReaction/20*',
      'voteMessage/20*',
      'editMessage/20*',
      'revokeMessage/20*',
      `${send}/*`,
    ],
    make: () => {
      const sent = new Map<string, ReturnType<typeof reply>>()
      return on(send, async (asked, ask) => {
        const key = `${asked.caller} ${asked.bytes?.toString()}`
        const before = sent.get(key)
        if (before !== undefined && asked.headers['idempotency-key'] === undefined) return before
        const answer = await ask(asked)
        if (answer.status === 200) sent.set(key, answer)
        return answer
      })
    },
  },
  {
    id: 'sending/not-stored',
    fault: 'stores nothing of what it sends',
    killedBy: [`${send}/200/-/stored`],
    because: 'answered 404 instead of 200',
    touches: [
      'addReaction/20*',
      'removeReaction/20*',
      'voteMessage/20*',
      'editMessage/20*',
      'revokeMessage/20*',
      'forwardMessage/200/*',
      `${send}/20*`,
    ],
    make: ({ fixtures }) =>
      on(
        ({ operationId, session }) => operationId === get && session === fixtures.sendingSession,
        answersWith(200, () => refuse(404, 'not_found')),
      ),
  },
  {
    id: 'sending/async-says-sent',
    fault: 'says of a message that waits that it was sent',
    killedBy: [`${send}/202/-/async`],
    because: 'its status is sent',
    touches: [`${send}/202/*`],
    make: () =>
      on(
        send,
        answersWith(202, (answer) => edited<Message>(answer, (body) => ({ ...body, status: 'sent', ackLevel: 2 }))),
      ),
  },
  {
    id: 'sending/location-of-another',
    fault: 'says of a message that waits that it is at the place of another',
    killedBy: [`${send}/202/-/async`],
    because: 'Location is',
    make: () =>
      on(
        send,
        answersWith(202, (answer) =>
          headed(answer, { location: answer.headers.location?.replace(/msg_.*$/, 'msg_00000000000000000000000000') }),
        ),
      ),
  },
  {
    id: 'sending/no-emoji',
    fault: 'keeps no characters beyond U+FFFF',
    killedBy: [`${send}/200/-/one-character`],
    because: 'the answer has another body',
    touches: [`${send}/200/*`],
    make: () =>
      shows<Message>(send, (body) => ({
        ...body,
        ...(body.body !== undefined && { body: body.body.replaceAll(/[\u{10000}-\u{10FFFF}]/gu, '?') }),
      })),
  },
  {
    id: 'sending/shown-as-edited',
    fault: 'shows a message alone as edited',
    killedBy: [`${get}/200/-/as-listed`],
    because: 'the list shows it differently',
    touches: ['editMessage/20*', 'revokeMessage/200/-/cancelled', `${get}/200/*`, '*/as-elsewhere'],
    make: () => shows<Message>(get, (body) => ({ ...body, edited: !body.edited })),
  },
  {
    id: 'sending/some-message',
    fault: 'shows some message of the session when it does not know the one that was named',
    killedBy: [`${get}/404/not_found/message-unknown`, `${get}/404/not_found/message-not-an-id`],
    because: 'answered 200 instead of 404',
    touches: [`${get}/404/*`],
    make: ({ fixtures }) =>
      on(
        ({ operationId, session }) => operationId === get && session === fixtures.liveSession,
        insteadOf(404, (asked, ask) => {
          const path = `/sessions/${fixtures.liveSession}/messages/${fixtures.message?.id}`
          return ask(look(asked, path))
        }),
      ),
  },
  {
    id: 'sending/any-session',
    fault: 'shows a message under any session of the organization',
    killedBy: [`${get}/404/not_found/message-of-another-session`],
    because: 'answered 200 instead of 404',
    touches: [`${get}/404/*`],
    make: ({ fixtures }) =>
      on(
        ({ operationId, session }) => operationId === get && session === fixtures.offlineSession,
        insteadOf(404, (asked, ask) =>
          ask(look(asked, asked.target.replace(fixtures.offlineSession ?? '', fixtures.liveSession ?? ''))),
        ),
      ),
  },
  {
    id: 'sending/other-content',
    fault: 'sends other places, contacts and polls than it was given',
    killedBy: [
      'location',
      'location-pole',
      'location-other-pole',
      'contact',
      'contact-vcard',
      'poll',
      'poll-largest',
    ].map((variant) => `${send}/200/-/${variant}`),
    because: 'the answer shows another content',
    make: () =>
      shows<Message>(send, ({ location, contacts, poll, ...message }) => ({
        ...message,
        ...(location && { location: { latitude: 0, longitude: 0 } }),
        ...(contacts && { contacts: [{ name: 'Nobody' }] }),
        ...(poll && { poll: { ...poll, name: 'Another question' } }),
      })),
  },
  {
    id: 'sending/forward-in-other-words',
    fault: 'puts a word in front of what it forwards',
    killedBy: [`${forward}/200/-/same-content`],
    because: 'it says something else',
    touches: [`${forward}/*`],
    make: () => shows<Message>(forward, (body) => ({ ...body, ...(body.body && { body: `Fwd: ${body.body}` }) })),
  },
  {
    id: 'sending/forward-names-others',
    fault: 'says of a forward whom the original mentions',
    killedBy: [`${forward}/200/-/same-content`],
    because: 'it names others',
    touches: [`${forward}/*`],
    make: () => shows<Message>(forward, (body) => ({ ...body, mentions: ['6281234567890@s.whatsapp.net'] })),
  },
  {
    id: 'sending/forwards-some-message',
    fault: 'forwards some message of the session when it does not know the one that was named',
    killedBy: [`${forward}/404/not_found/message-unknown`, `${forward}/404/not_found/message-of-another-session`],
    because: 'answered 200 instead of 404',
    touches: [`${forward}/404/*`],
    make: ({ fixtures }) =>
      on(
        ({ operationId, session }) => operationId === forward && session === fixtures.sendingSession,
        insteadOf(404, (asked, ask) =>
          ask({ ...asked, target: asked.target.replace(/msg_\w+/, fixtures.sendingMessage?.id ?? '') }),
        ),
      ),
  },
  {
    id: 'sending/forward-says-sent',
    fault: 'says of a forward that waits that it was sent',
    killedBy: [`${forward}/202/-/async`],
    because: 'its status is sent',
    touches: [`${forward}/202/*`],
    make: () =>
      on(
        forward,
        answersWith(202, (answer) => edited<Message>(answer, (body) => ({ ...body, status: 'sent', ackLevel: 2 }))),
      ),
  },
  {
    id: 'sending/forwards-what-failed',
    fault: 'forwards another message in place of one that was never sent',
    killedBy: [`${forward}/409/conflict/failed`],
    because: 'answered 200 instead of 409',
    make: ({ fixtures }) =>
      on(
        forward,
        insteadOf(409, (asked, ask) =>
          ask({ ...asked, target: asked.target.replace(/msg_\w+/, fixtures.sendingMessage?.id ?? '') }),
        ),
      ),
  },
]
