import { admittedCall, idOf, needsOf, refusal } from '../../base.ts'
import { type Call, type Context, Untestable } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { operation } from '../../parley.ts'
import { cases, type Row } from '../../table.ts'
import { freshMessage, freshPath, freshPoll, newPoll, notFound, ofDeleted, storedMessage } from './fresh.ts'

type Message = Schemas['Message']

export const base = operation({
  operationId: 'voteMessage',
  admitted: '200/-/own-poll',
  promise: 'votes in the poll, and says that WhatsApp has the vote',
  path: freshPath,
  makingBody: newPoll,
  body: { options: ['Friday'] },
  offline: { path: { mid: 'fixtures.offlinePoll' }, body: { options: [] } },
  changing: ['status', 'ackLevel', 'poll'],
  needs: ['fixtures.sendTo'],
  effects: ['send'],
})

/** What the account has chosen, and how many have chosen each option, such as `Friday, Sunday: 1 0 1`. */
const resultOf = ({ poll }: Message): string => {
  const chosen = (poll?.voters ?? []).flatMap(({ fromMe, options }) => (fromMe ? options : []))
  return `${chosen.toSorted().join(', ')}: ${poll?.options.map(({ votes }) => votes).join(' ')}`
}

const refuses = (variant: string, promise: string, options: unknown): Row =>
  refusal(base, {
    id: `400|422/validation_error/${variant}`,
    promise,
    steer: false,
    edit: (call) => ({ ...call, body: { options } }),
  })

/** The same where only a server that knows the poll can see it. */
const refusesOfPoll = (variant: string, promise: string, options: string[]): Row => ({
  id: `400|422/validation_error/${variant}`,
  promise,
  run: async (context) => {
    const call = { ...(await admittedCall(base, context)), body: { options } }
    await context.send(call, { status: context.schemaViolation, code: 'validation_error' })
  },
})

const votes = async (context: Context, path: NonNullable<Call['path']>, options: string[]) =>
  (await context.send<Message>({ operationId: 'voteMessage', path, body: { options } }, { status: 200 })).body

export const own = cases(base, { needs: needsOf(base), effects: ['send'], control: [idOf(base)], live: true }, [
  {
    id: '200/-/read-back',
    promise: 'shows the vote in place of the one before, counts it, and takes it back for no option',
    checks: ['answer', 'read-back'],
    run: async (context) => {
      const path = await freshPoll(context)
      for (const [options, wanted] of [
        [['Friday'], 'Friday: 1 0'],
        [['Saturday'], 'Saturday: 0 1'],
        [[], ': 0 0'],
      ] as const) {
        const body = await votes(context, path, [...options])
        const after = await storedMessage(context, path)
        context.check('answer', resultOf(body) === wanted, `the answer shows ${resultOf(body)}, not ${wanted}`)
        context.check('read-back', resultOf(after) === wanted, `getMessage shows ${resultOf(after)}, not ${wanted}`)
      }
    },
  },
  {
    id: '200/-/several',
    promise: 'chooses several options where the poll allows it',
    checks: ['answer'],
    run: async (context) => {
      const path = await freshPoll(context, { options: ['Friday', 'Saturday', 'Sunday'], selectableCount: 0 })
      const body = await votes(context, path, ['Sunday', 'Friday'])
      context.check('answer', resultOf(body) === 'Friday, Sunday: 1 0 1', `it shows ${resultOf(body)}`)
    },
  },
  {
    id: '200/-/beside-others',
    promise: 'counts its vote next to that of somebody else',
    features: ['hook'],
    checks: ['counted', 'theirs'],
    run: async (context) => {
      const path = await freshPoll(context)
      const { waMessageId } = await storedMessage(context, path)
      const [session, chat] = [context.get('fixtures.sendingSession'), context.get('fixtures.sendTo').id]
      const about = { session, chat, message: waMessageId, options: ['Saturday'] }
      if ((await context.happen('incomingVote', about)) === undefined) throw new Untestable('the hook lets nobody vote')
      await context.until('a vote of the receiver', async () =>
        resultOf(await storedMessage(context, path)) === ': 0 1' ? true : undefined,
      )
      const body = await votes(context, path, ['Friday'])
      context.check('counted', resultOf(body) === 'Friday: 1 1', `it shows ${resultOf(body)}`)
      const theirs = body.poll?.voters.find(({ fromMe }) => !fromMe)
      context.check('theirs', String(theirs?.options) === 'Saturday', 'the vote of somebody else is another')
    },
  },
  {
    id: '202/-/async',
    promise: 'takes a vote before it is sent, leaves the poll unchanged until WhatsApp has it, and then shows it',
    checks: ['unchanged', 'location'],
    run: async (context) => {
      const path = await freshPoll(context)
      const call = { operationId: 'voteMessage', path, query: { async: true }, body: { options: ['Friday'] } } as const
      const { body, headers } = await context.send<Message>(call, { status: 202 })
      context.check(
        'unchanged',
        body.id === path.mid && resultOf(body) === ': 0 0',
        'the answer shows the vote already',
      )
      context.check('location', headers.location?.endsWith(`/messages/${path.mid}`) ?? false, 'Location is elsewhere')
      await context.until('the vote in a poll that was sent', async () =>
        resultOf(await storedMessage(context, path)) === 'Friday: 1 0' ? true : undefined,
      )
    },
  },
  {
    id: '409/conflict/no-poll',
    promise: 'does not vote in a text',
    run: async (context) => {
      const call = { ...(await admittedCall(base, context)), path: await freshMessage(context) }
      await context.send(call, { status: 409, code: 'conflict' })
    },
  },
  ofDeleted(base, 'does not vote in a poll that was deleted for everyone', freshPoll),
  ...notFound(base),
  refusesOfPoll('option-unknown', 'refuses an option that the poll does not have', ['Monday']),
  refusesOfPoll('options-too-many', 'refuses two options where one may be chosen', ['Friday', 'Saturday']),
  refuses('options-missing', 'refuses a vote without options', undefined),
  refuses('options-twice', 'refuses an option that is chosen twice', ['Friday', 'Friday']),
  refuses('options-text', 'refuses a text in place of a list', 'Friday'),
  refuses('options-empty-name', 'refuses an option without a name', ['']),
])
