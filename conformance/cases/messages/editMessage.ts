import { idOf, needsOf, refusal } from '../../base.ts'
import type { Schemas } from '../../contract.ts'
import { canonical, operation } from '../../parley.ts'
import { cases, type Row } from '../../table.ts'
import { freshMessage, freshPath, notFound, ofDeleted, storedMessage } from './fresh.ts'

type Message = Schemas['Message']

export const base = operation({
  operationId: 'editMessage',
  admitted: '200/-/own-text',
  promise: 'gives the message its new words, and says that WhatsApp has them',
  path: freshPath,
  changing: ['status', 'ackLevel', 'body', 'mentions', 'mentionNames'],
  needs: ['fixtures.sendTo'],
  effects: ['send'],
})

/** What an edit leaves as it is; receipts may come meanwhile. */
const kept = ({ body: _, mentions: __, mentionNames: ___, edited: ____, status: _____, ackLevel, ...rest }: Message) =>
  canonical('Message', { ...rest, body: '', edited: false } as Message)

const refuses = (variant: string, promise: string, change: object): Row =>
  refusal(base, {
    id: `400|422/validation_error/${variant}`,
    promise,
    steer: false,
    edit: (call) => ({ ...call, body: { ...(call.body as object), ...change } }),
  })

export const own = cases(base, { needs: needsOf(base), effects: ['send'], control: [idOf(base)], live: true }, [
  {
    id: '200/-/read-back',
    promise: 'stores the new words in place of the old ones, with their mentions, and changes nothing else',
    checks: ['answer', 'read-back', 'mentions', 'else'],
    run: async (context) => {
      const path = await freshMessage(context)
      const before = await storedMessage(context, path)
      const mentions = ['6281234567890@s.whatsapp.net']
      for (const body of [{ text: ' @6281234567890 one\n🙂 ', mentions }, { text: 'two' }]) {
        const { body: answered } = await context.send<Message>(
          { operationId: 'editMessage', path, body },
          { status: 200 },
        )
        const after = await storedMessage(context, path)
        context.check('answer', answered.body === body.text && answered.edited, 'the answer has other words')
        context.check('read-back', after.body === body.text && after.edited, 'getMessage shows other words')
        const wanted = String(body.mentions ?? [])
        context.check('mentions', String(after.mentions ?? []) === wanted, `it mentions ${after.mentions ?? 'nobody'}`)
        context.check('else', kept(after) === kept(before), 'the edit has changed more than the words')
      }
    },
  },
  {
    id: '202/-/async',
    promise: 'takes an edit before it is sent, leaves the message unchanged until WhatsApp has it, and then shows it',
    checks: ['unchanged', 'location'],
    run: async (context) => {
      const path = await freshMessage(context)
      const before = await storedMessage(context, path)
      const call = { operationId: 'editMessage', path, query: { async: true }, body: { text: 'later' } } as const
      const { body, headers } = await context.send<Message>(call, { status: 202 })
      const isSame = body.id === before.id && body.body === before.body && !body.edited
      context.check('unchanged', isSame, 'the answer shows the edit already')
      context.check('location', headers.location?.endsWith(`/messages/${path.mid}`) ?? false, 'Location is elsewhere')
      await context.until('the edit of a message that was sent', async () => {
        const { edited, body: text } = await storedMessage(context, path)
        return edited && text === 'later' ? true : undefined
      })
    },
  },
  refusal(base, {
    id: '409/conflict/not-own',
    promise: 'does not edit what somebody else wrote',
    needs: ['fixtures.liveSession', 'fixtures.message'],
    broken: false,
    live: true,
    edit: (call, context) => ({
      ...call,
      path: { session: context.get('fixtures.liveSession'), mid: context.get('fixtures.message').id },
    }),
  }),
  ofDeleted(base, 'does not edit a message that was deleted for everyone'),
  ...notFound(base),
  refuses('text-missing', 'refuses an edit without text', { text: undefined }),
  refuses('text-blank', 'refuses a text of spaces and line breaks', { text: ' \n\t ' }),
  refuses('text-too-long', 'refuses a text of 65,537 characters', { text: 'x'.repeat(65_537) }),
  refuses('mentions-empty', 'refuses an empty list of mentions', { mentions: [] }),
])
