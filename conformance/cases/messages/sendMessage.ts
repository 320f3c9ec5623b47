import { admittedCall, idOf, needsOf, refusal } from '../../base.ts'
import { type Call, type Context, Untestable } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { operation } from '../../parley.ts'
import { cases, type Row } from '../../table.ts'
import type { Answer } from '../../transport.ts'
import { kinds } from './kinds.ts'

type Message = Schemas['Message']
type NewText = Schemas['NewText']

export const base = operation({
  operationId: 'sendMessage',
  admitted: '200/-/text',
  promise: 'sends a text, and says that WhatsApp has it',
  path: { session: 'fixtures.sendingSession' },
  fill: (body, fact) => ({ ...(body as NewText), to: fact('fixtures.sendTo')?.id }),
  // A retry shows the message in its present state: it may have been acknowledged or delivered since the first answer.
  changing: ['status', 'ackLevel', 'timestamp'],
  needs: ['fixtures.sendTo'],
  effects: ['send'],
})

/** The admitted request with these members. */
const saying = async (context: Context, more: Partial<NewText>): Promise<Call> => {
  const call = await admittedCall(base, context)
  return { ...call, body: { ...(call.body as NewText), ...more } }
}

const sent = async (context: Context, more: Partial<NewText> = {}): Promise<Answer<Message>> =>
  context.send<Message>(await saying(context, more), { status: [200, 202] })

const stored = async (context: Context, { id }: Message): Promise<Message> => {
  const path = { session: context.get('fixtures.sendingSession'), mid: id }
  return (await context.send<Message>({ operationId: 'getMessage', path }, { status: 200 })).body
}

const shows = (variant: string, promise: string, more: Partial<NewText>): Row => ({
  id: `200/-/${variant}`,
  promise,
  checks: ['body', 'read-back'],
  run: async (context) => {
    const { body } = await sent(context, more)
    const { text } = (await saying(context, more)).body as NewText
    context.check('body', body.body === text, 'the answer has another body')
    context.check('read-back', (await stored(context, body)).body === text, 'getMessage shows another body')
  },
})

const refuses = (variant: string, promise: string, change: object): Row =>
  refusal(base, {
    id: `400|422/validation_error/${variant}`,
    promise,
    steer: false,
    edit: (call) => ({ ...call, body: { ...(call.body as object), ...change } }),
  })

const sendsNoFile = (variant: string, promise: string, media: object): Row =>
  refuses(variant, promise, { type: 'image', text: undefined, media })

/** The hook names somebody for whom WhatsApp refuses every message with this number. */
const refusedByWhatsApp = (whatsappCode: number, id: string, promise: string): Row => ({
  id,
  promise,
  features: ['hook'],
  run: async (context) => {
    const [status, code] = id.split('/')
    const said = await context.happen('refusal', { session: context.get('fixtures.sendingSession'), whatsappCode })
    const { to } = said as { to?: string }
    if (to === undefined) throw new Untestable('the hook does not say who it is to whom WhatsApp delivers nothing')
    // A server that answers 400 to what breaks the schema does so here, too: it is the same code.
    const wanted = status === '422' ? context.schemaViolation : Number(status)
    await context.send(await saying(context, { to }), { status: wanted, code })
  },
})

export const own = [
  ...cases(base, { needs: needsOf(base), effects: ['send'], control: [idOf(base)], live: true }, [
    {
      id: '200/-/stored',
      promise: 'stores what it has sent: the same message, in the chat that was named, from the account',
      checks: ['same', 'from-me', 'session', 'status', 'text'],
      run: async (context) => {
        const { status, body } = await sent(context)
        const { text } = (await saying(context, {})).body as NewText
        const read = await stored(context, body)
        context.check('same', read.id === body.id && read.waMessageId === body.waMessageId, 'it is another message')
        context.check('from-me', body.fromMe && read.fromMe, 'it is not from the account')
        context.check(
          'session',
          body.sessionId === context.get('fixtures.sendingSession'),
          `its session is ${body.sessionId}`,
        )
        const isPending = body.status === 'pending'
        context.check('status', (status === 202) === isPending, `${status} says that it is ${body.status}`)
        context.check('text', body.type === 'text' && body.body === text, 'it is another text')
      },
    },
    {
      id: '200/-/each-its-own',
      promise: 'sends two messages for two calls without a key',
      checks: ['two'],
      run: async (context) => {
        const [one, other] = [await sent(context), await sent(context)]
        const isOne = one.body.id === other.body.id || one.body.waMessageId === other.body.waMessageId
        context.check('two', !isOne, 'two calls made one message')
      },
    },
    {
      id: '200/-/quoted',
      promise: 'answers a message of the session',
      checks: ['quoted'],
      run: async (context) => {
        const { body: first } = await sent(context)
        const { body } = await sent(context, { quotedMessageId: first.id })
        context.check('quoted', body.quoted?.id === first.id, `it quotes ${body.quoted?.id ?? 'nothing'}`)
      },
    },
    {
      id: '200/-/mentions',
      promise: 'mentions a person',
      checks: ['mentions'],
      run: async (context) => {
        const mentions = ['6281234567890@s.whatsapp.net']
        const { body } = await sent(context, { mentions })
        context.check(
          'mentions',
          String(body.mentions) === String(mentions),
          `it mentions ${body.mentions ?? 'nobody'}`,
        )
      },
    },
    shows('one-character', 'sends a text of one character', { text: '🙂' }),
    shows('lines', 'keeps line breaks, spaces and right-to-left text', { text: ' one\n\ttwo \u202eשלום ' }),
    shows('longest', 'sends a text of 65,536 characters', { text: `${'x'.repeat(65_535)}🙂` }),
    {
      id: '202/-/async',
      promise: 'takes a message before it is sent, and says where it can be read',
      checks: ['pending', 'location', 'read-back'],
      run: async (context) => {
        const call = { ...(await admittedCall(base, context)), query: { async: true } }
        const { body, headers } = await context.send<Message>(call, { status: 202 })
        context.check('pending', body.status === 'pending', `its status is ${body.status}`)
        const location = headers.location ?? ''
        context.check('location', location.endsWith(`/messages/${body.id}`), `Location is ${location}`)
        context.check('read-back', (await stored(context, body)).id === body.id, 'getMessage shows another message')
      },
    },
    ...kinds(base),
    refusedByWhatsApp(463, '403/refused/whatsapp', 'says that WhatsApp does not let this account do it'),
    refusedByWhatsApp(419, '409/conflict/whatsapp-limit', 'says that a limit of WhatsApp is reached'),
    refusedByWhatsApp(479, '422/validation_error/whatsapp', 'says that WhatsApp does not accept the message'),
    refusal(base, {
      id: '404/not_found/group-unknown',
      promise: 'says of a group that does not exist that there is none',
      broken: false,
      live: true,
      // The number of a group that WhatsApp made in 2082.
      edit: (call) => ({ ...call, body: { ...(call.body as object), to: '120369999999999999@g.us' } }),
    }),
    refusal(base, {
      id: '404/not_found/quoted-unknown',
      promise: 'does not answer a message that does not exist',
      needs: ['fixtures.unknownMessage'],
      broken: false,
      live: true,
      edit: (call, context) => ({
        ...call,
        body: { ...(call.body as object), quotedMessageId: context.get('fixtures.unknownMessage') },
      }),
    }),
    refusal(base, {
      id: '404/not_found/quoted-of-another-session',
      promise: 'does not answer a message of another session',
      needs: ['fixtures.message'],
      broken: false,
      live: true,
      edit: (call, context) => ({
        ...call,
        body: { ...(call.body as object), quotedMessageId: context.get('fixtures.message').id },
      }),
    }),
    sendsNoFile('url-private-network', 'does not fetch from a private network', { url: 'http://10.0.0.1/menu.png' }),
    sendsNoFile('url-metadata', 'does not fetch from the metadata service of a cloud', {
      url: 'http://169.254.169.254/latest/meta-data/',
    }),
    sendsNoFile('file-no-picture', 'does not send a text as a picture', { data: 'aGVsbG8=' }),
    sendsNoFile('file-two-sources', 'refuses a file from two sources', {
      data: 'aGVsbG8=',
      url: 'https://example.com/menu.png',
    }),
    refuses('text-missing', 'refuses a text without text', { text: undefined }),
    refuses('text-empty', 'refuses an empty text', { text: '' }),
    refuses('text-blank', 'refuses a text of spaces and line breaks', { text: ' \n\t ' }),
    refuses('text-nul', 'refuses a text with U+0000', { text: 'one\0two' }),
    refuses('text-number', 'refuses a number as text', { text: 7 }),
    refuses('text-too-long', 'refuses a text of 65,537 characters', { text: 'x'.repeat(65_537) }),
    refusal(base, {
      id: '413/payload_too_large/body-over-24-mib',
      promise: 'refuses a body that is announced with one byte more than 24 MiB, without waiting for it',
      edit: ({ body: _, ...call }) => ({
        ...call,
        headers: { 'Content-Type': 'application/json', 'Content-Length': String(base.row.maxBodyBytes + 1) },
        onTheWire: true,
      }),
    }),
    refuses('type-missing', 'refuses a message without type', { type: undefined }),
    refuses('type-unknown', 'refuses a type that does not exist', { type: 'telegram' }),
    refuses('to-missing', 'refuses a message to nobody', { to: undefined }),
    refuses('to-number', 'refuses a phone number in place of a JID', { to: '6281398765432' }),
    refuses('to-device', 'refuses a JID with a device', { to: '6281398765432:2@s.whatsapp.net' }),
    refuses('to-status', 'refuses to post a status', { to: 'status@broadcast' }),
    refuses('to-list', 'refuses several receivers', { to: ['6281398765432@s.whatsapp.net'] }),
    refuses('mentions-empty', 'refuses an empty list of mentions', { mentions: [] }),
    refuses('mentions-group', 'refuses to mention a group', { mentions: ['120363041234567890@g.us'] }),
    refusal(base, {
      id: '400|422/validation_error/expires-too-soon',
      promise: 'refuses a message that may wait less than a minute',
      steer: false,
      edit: (call) => ({ ...call, query: { async: true, expiresIn: 59 } }),
    }),
  ]),
]
