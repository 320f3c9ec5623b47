import { idOf, refusal } from '../../base.ts'
import type { Context } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { operation } from '../../parley.ts'
import { cases, type Row } from '../../table.ts'
import { walkChecks } from '../../walk.ts'
import { listed } from './listed.ts'
import { scratch } from './scratch.ts'

type Session = Schemas['Session']
type SessionChanges = Schemas['SessionChanges']

export const base = operation({
  operationId: 'updateSession',
  admitted: '200/-/own-session',
  promise: 'answers with the session and its new settings',
  path: { session: 'made' },
})

const update = async (context: Context, session: string, body: SessionChanges): Promise<Session> =>
  (await context.send<Session>({ operationId: 'updateSession', path: { session }, body }, { status: 200 })).body

const get = async (context: Context, session: string): Promise<Session> =>
  (await context.send<Session>({ operationId: 'getSession', path: { session } }, { status: 200 })).body

/** Settings other than those of a new session. */
const others = {
  label: 'Back office',
  autoRead: true,
  presenceTyping: true,
  ratePerMin: 7,
  ratePerHour: 77,
  newChatsPerDay: 0,
} satisfies SessionChanges

const largest = { ratePerMin: 10_000, ratePerHour: 100_000, newChatsPerDay: 10_000 } satisfies SessionChanges

const settings = Object.keys(others) as (keyof typeof others)[]

/** The first setting that is another one. */
const difference = (wanted: Partial<Session>, found: Partial<Session>) =>
  settings.find((name) => name in wanted && found[name] !== wanted[name])

const refuses = (variant: string, promise: string, body: unknown): Row =>
  refusal(base, {
    id: `400|422/validation_error/${variant}`,
    promise,
    steer: false,
    edit: (call) => ({ ...call, body }),
  })

export const own = [
  ...cases(base, { live: true, effects: ['sessions'], control: [idOf(base)] }, [
    {
      id: '200/-/all',
      promise: 'changes every setting, and shows it everywhere',
      checks: [...walkChecks, 'answer', 'read-back', 'listed'],
      run: async (context) => {
        const session = await scratch(context)
        const answer = difference(others, await update(context, session, others))
        context.check('answer', answer === undefined, `it answers with another ${answer}`)
        const read = difference(others, await get(context, session))
        context.check('read-back', read === undefined, `getSession shows another ${read}`)
        const entry = (await listed(context)).find(({ id }) => id === session)
        const shown = difference(others, entry ?? {})
        context.check('listed', shown === undefined, `the list shows another ${shown}`)
      },
    },
    {
      id: '200/-/one-by-one',
      promise: 'leaves settings as they are that the body does not name',
      checks: ['others', 'status'],
      run: async (context) => {
        const session = await scratch(context)
        let before = await get(context, session)
        for (const name of settings) {
          const found = await update(context, session, { [name]: others[name] })
          const changed = difference({ ...before, [name]: others[name] }, found)
          context.check('others', changed === undefined, `changing ${name} makes another ${changed}`)
          context.check('status', found.status === before.status, `its status is ${found.status}`)
          before = found
        }
      },
    },
    {
      id: '200/-/label-taken-away',
      promise: 'takes the label away for null',
      checks: ['answer', 'read-back'],
      run: async (context) => {
        const session = await scratch(context)
        const { label } = await update(context, session, { label: null })
        context.check('answer', label === undefined, 'it answers with a label')
        context.check('read-back', (await get(context, session)).label === undefined, 'getSession shows a label')
      },
    },
    {
      id: '200/-/largest-rates',
      promise: 'takes the largest rates',
      checks: ['answer', 'read-back'],
      run: async (context) => {
        const session = await scratch(context)
        const answer = difference(largest, await update(context, session, largest))
        context.check('answer', answer === undefined, `it answers with another ${answer}`)
        const read = difference(largest, await get(context, session))
        context.check('read-back', read === undefined, `getSession shows another ${read}`)
      },
    },
    {
      id: '200/-/nothing',
      promise: 'changes nothing for a body that names nothing',
      checks: ['same'],
      run: async (context) => {
        const session = await scratch(context)
        const before = await update(context, session, others)
        const changed = difference(before, await update(context, session, {}))
        context.check('same', changed === undefined, `it has another ${changed}`)
      },
    },
  ]),
  ...cases(base, {}, [
    refuses('rate-negative', 'refuses a rate below 0', { ratePerMin: -1 }),
    refuses('rate-per-min-too-large', 'refuses 10,001 messages in a minute', { ratePerMin: 10_001 }),
    refuses('rate-per-hour-too-large', 'refuses 100,001 messages in an hour', { ratePerHour: 100_001 }),
    refuses('new-chats-too-many', 'refuses 10,001 new chats in a day', { newChatsPerDay: 10_001 }),
    refuses('rate-fraction', 'refuses half a message in a minute', { ratePerMin: 0.5 }),
    refuses('rate-null', 'refuses to take away what a session always has', { ratePerHour: null }),
    refuses('rate-string', 'refuses a string in place of a number', { newChatsPerDay: '20' }),
    refuses('label-empty', 'refuses an empty label', { label: '' }),
    refuses('label-of-101', 'refuses a label of 101 characters', { label: 'x'.repeat(101) }),
  ]),
]
