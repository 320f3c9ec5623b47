import { admittedCall, idOf, needsOf, refusal } from '../../base.ts'
import type { Context } from '../../case.ts'
import { operation } from '../../parley.ts'
import { cases, type Row } from '../../table.ts'

export const base = operation({
  operationId: 'setChatPresence',
  admitted: '204/-/composing',
  promise: 'shows "typing…"',
  harmless: { state: 'paused' },
  effects: ['presence'],
  feature: 'presence',
  anchor: true,
})

const shows = (state: string, promise: string): Row => ({
  id: `204/-/${state}`,
  promise,
  effects: ['presence'],
  run: async (context) => {
    await context.send({ ...(await admittedCall(base, context)), body: { state } }, { status: 204 })
  },
})

/** What a JID can look like, and not who it is, decides whether a presence is sent. */
const showsIn = async (context: Context, cid: string) => {
  const call = await admittedCall(base, context)
  await context.send({ ...call, path: { ...call.path, cid } }, { status: 204 })
}

const refusesState = (variant: string, promise: string, body: unknown): Row =>
  refusal(base, {
    id: `400|422/validation_error/${variant}`,
    promise,
    steer: false,
    edit: (call) => ({ ...call, body }),
  })

const refusesChat = (variant: string, promise: string, cid: string): Row =>
  refusal(base, {
    id: `400|422/validation_error/${variant}`,
    promise,
    steer: false,
    edit: (call) => ({ ...call, path: { ...call.path, cid } }),
  })

export const own = [
  ...cases(base, { needs: needsOf(base) }, [
    shows('recording', 'shows "recording audio…"'),
    shows('paused', 'takes the indicator away'),
    {
      id: '204/-/chat-percent-encoded',
      promise: 'takes %40 for @',
      effects: ['presence'],
      control: [idOf(base)],
      run: async (context) => {
        const call = await admittedCall(base, context)
        await context.send({ ...call, retarget: (target) => target.replace('@', '%40') }, { status: 204 })
      },
    },
    {
      id: '204/-/chat-not-stored',
      promise: 'shows it in a chat that is not stored',
      needs: ['fixtures.unknownChat'],
      effects: ['presence'],
      control: [idOf(base)],
      run: async (context) => {
        const call = await admittedCall(base, context)
        await context.send(
          { ...call, path: { ...call.path, cid: context.get('fixtures.unknownChat') } },
          { status: 204 },
        )
      },
    },
    {
      ...shows('composing', 'shows it in a group'),
      id: '204/-/chat-group',
      control: [idOf(base)],
      run: async (context) => showsIn(context, '120363000000000001@g.us'),
    },
    {
      ...shows('composing', 'takes the LID of a person'),
      id: '204/-/chat-lid',
      control: [idOf(base)],
      run: async (context) => showsIn(context, '100000000000001@lid'),
    },
    {
      id: '204/-/each-state-first',
      promise: 'takes each state as the first one in a chat',
      effects: ['presence'],
      control: [idOf(base)],
      run: async (context) => {
        // Chats of this run alone: what was shown in them before is known to be nothing.
        const run = Number.parseInt(context.runId, 16) % 10_000_000
        const call = await admittedCall(base, context)
        for (const [index, state] of ['paused', 'recording', 'composing'].entries()) {
          const path = { ...call.path, cid: `1203630${String(run).padStart(7, '0')}${index}@g.us` }
          await context.send({ ...call, path, body: { state } }, { status: 204 })
        }
      },
    },
    {
      id: '204/-/again',
      promise: 'may be sent again to keep the indicator showing',
      effects: ['presence'],
      control: [idOf(base)],
      run: async (context) => {
        const call = await admittedCall(base, context)
        for (const state of ['composing', 'composing', 'paused', 'paused'])
          await context.send({ ...call, body: { state } }, { status: 204 })
      },
    },
    refusesState('state-missing', 'refuses a body without state', {}),
    refusesState('state-unknown', 'refuses a state that does not exist', { state: 'sleeping' }),
    refusesState('state-upper-case', 'refuses a state in capitals', { state: 'COMPOSING' }),
    refusesState('state-spaced', 'refuses a state with a space after it', { state: 'composing ' }),
    refusesState('state-empty', 'refuses an empty state', { state: '' }),
    refusesState('state-null', 'refuses null as state', { state: null }),
    refusesState('state-number', 'refuses a number as state', { state: 1 }),
    refusesState('state-array', 'refuses an array as state', { state: ['composing'] }),
    refusesChat('chat-not-a-jid', 'refuses a chat name that is no JID', 'nobody'),
    refusesChat('chat-with-device', 'refuses a JID with a device suffix', '628123456789:3@s.whatsapp.net'),
    refusesChat('chat-of-other-server', 'refuses a JID of a server that has no presence', '628123456789@newsletter'),
    refusesChat('chat-with-line-break', 'refuses a JID with a line break after it', '628123456789@s.whatsapp.net\n'),
  ]),
]
