import { admittedCall, idOf, needsOf, refusal } from '../../base.ts'
import { type Call, type Caller, type Context, NotApplicable } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { isPast } from '../../moment.ts'
import { operation } from '../../parley.ts'
import { cases, type Row } from '../../table.ts'
import { cursorOf, followed, refuses } from '../../traits/cursor.ts'
import { repeated, walk, walkChecks } from '../../walk.ts'

type Message = Schemas['Message']

/** The ids that the target file gives, as far as the entries have them, in the order of the entries. */
const knownIn = (entries: readonly Message[], known: readonly string[]) =>
  entries.flatMap(({ id, waMessageId }) =>
    known.includes(waMessageId) ? [waMessageId] : known.includes(id) ? [id] : [],
  )

/** More messages than this in a chat that the hook has made, and the walk counts as endless. */
const maxBusy = 10_000

const order = ['no-repeat', 'no-loss', 'known-order', 'newest-first', 'own-chat', 'no-more'] as const

const checkOrder = (context: Context, entries: readonly Message[]) => {
  const { id: chat, messageIds } = context.get('fixtures.chat')
  const session = context.get('fixtures.liveSession')
  const twice = repeated(entries.map(({ id }) => id))
  context.check('no-repeat', twice === undefined, `message ${twice} comes twice`)
  const found = knownIn(entries, messageIds)
  const lost = messageIds.filter((id) => !found.includes(id))
  context.check(
    'no-loss',
    lost.length === 0,
    `${lost.length} of ${messageIds.length} messages never come, the first is ${lost[0]}`,
  )
  const swapped = messageIds.findIndex((id, index) => found[index] !== id)
  context.check('known-order', swapped < 0, `${found[swapped]} comes where ${messageIds[swapped]} belongs`)
  const rising = entries.findIndex(
    ({ timestamp }, index) => timestamp > (entries[index - 1]?.timestamp ?? Number.POSITIVE_INFINITY),
  )
  context.check('newest-first', rising < 0, `${entries[rising]?.id} is newer than the one before it`)
  const foreign = entries.find(({ chatJid, sessionId }) => chatJid !== chat || sessionId !== session)
  context.check('own-chat', foreign === undefined, `${foreign?.id} is of another chat or session`)
  const [came, known] = [entries.length, messageIds.length]
  context.check('no-more', came === known, `${came} messages came, and the chat has ${known}`)
}

export const base = operation({
  operationId: 'listChatMessages',
  admitted: '200/-/newest-page',
  promise: 'answers with a page of messages',
  feature: 'storedHistory',
  anchor: true,
  list: {
    order: 'newest first',
    most: (context) => context.get('fixtures.chat').messageIds.length,
    checks: order,
    holds: checkOrder,
  },
})

/** @param limitsOf of the pages, by how many messages there are and what they are */
const walks = (
  variant: string,
  promise: string,
  limitsOf: (known: number, whole: () => Promise<Message[]>) => number[] | Promise<number[]>,
): Row => ({
  id: `200/-/${variant}`,
  promise,
  live: true,
  control: [idOf(base)],
  checks: [...walkChecks, ...order],
  run: async (context) => {
    const known = context.get('fixtures.chat').messageIds.length
    const call = await admittedCall(base, context)
    const limits = await limitsOf(known, () => walk<Message>(context, call, [200], known))
    checkOrder(context, await walk<Message>(context, call, limits, known))
  },
})

/** Each page ends between two messages of the same second, where there are such, and each limit differs from the one before. */
const limitsWithinSeconds = (entries: readonly Message[]): number[] => {
  const limits: number[] = []
  let at = 0
  for (const [index, { timestamp }] of entries.entries()) {
    const step = index - at
    if (index === 0 || timestamp !== entries[index - 1]?.timestamp || step === limits.at(-1)) continue
    const pagesBefore = Math.ceil(step / maxLimit) - 1
    limits.push(...Array<number>(pagesBefore).fill(maxLimit), step - pagesBefore * maxLimit)
    at = index
  }
  return [...limits, 3, 1, 7, 50]
}

const maxLimit = 200

/** @param ageMs how much older than the newest message the one that comes in is */
const whileArriving = (variant: string, words: string, ageMs: (entries: readonly Message[]) => number): Row => ({
  id: `200/-/${variant}`,
  promise: `shows every message that was there when the walk began once, ${words}`,
  needs: ['fixtures.busyChat'],
  features: ['hook'],
  lane: 'serial:busyChat',
  live: true,
  control: [idOf(base)],
  checks: [...walkChecks, 'no-repeat', 'no-loss'],
  run: async (context) => {
    const path = { session: context.get('fixtures.liveSession'), cid: context.get('fixtures.busyChat').id }
    const call: Call = { operationId: 'listChatMessages', path }
    const before = await walk<Message>(context, call, [200], maxBusy)
    const during = await walk<Message>(context, call, [2], before.length + 4, async (page) => {
      const params = { session: path.session, chat: path.cid, ageMs: ageMs(before) }
      if (page < 2) await context.happen('incomingMessage', params)
    })
    const ids = during.map(({ id }) => id)
    context.check('no-repeat', repeated(ids) === undefined, `message ${repeated(ids)} comes twice`)
    const lost = before.filter(({ id }) => !ids.includes(id))
    context.check('no-loss', lost.length === 0, `${lost.length} of ${before.length} messages never come`)
  },
})

const maxOtherChats = 20

/** Messages of the first chats of the session; none where the target claims no list of chats. */
const idsOfOtherChats = async (context: Context): Promise<string[]> => {
  if (!context.claims('listChats')) throw new NotApplicable('it takes listChats, which is not claimed')
  const session = context.get('fixtures.liveSession')
  const path = { session }
  const query = { limit: maxOtherChats }
  const { body } = await context.send<Schemas['ChatList']>({ operationId: 'listChats', path, query }, { status: 200 })
  const ids: string[] = []
  for (const { jid: cid } of body.data) {
    const call: Call = { operationId: 'listChatMessages', path: { session, cid }, query: { limit: 200 } }
    ids.push(...(await context.send<Schemas['MessageList']>(call, { status: 200 })).body.data.map(({ id }) => id))
  }
  return ids
}

/** A cursor of the chat with the same JID in another session. */
const twinCursor = (context: Context, session: string, caller?: Caller): Promise<string> => {
  const path = { session, cid: context.get('fixtures.twinChat').id }
  const call: Call = { operationId: 'listChatMessages', path, ...(caller && { caller }) }
  return cursorOf(context, call, 'fixtures.twinChat has fewer than two messages there')
}

/** Refuses it for the chat of the live session. */
const refusesTwin = (variant: string, promise: string, cursorOfTwin: (context: Context) => Promise<string>): Row => ({
  ...refusal(base, {
    id: `400|422/validation_error/${variant}`,
    promise,
    needs: ['fixtures.twinChat'],
    control: [idOf(base, followed)],
    live: true,
    edit: async (call, context) => ({
      ...call,
      path: { ...call.path, cid: context.get('fixtures.twinChat').id },
      query: { cursor: await cursorOfTwin(context) },
    }),
  }),
})

export const own = [
  ...cases(base, { needs: needsOf(base) }, [
    walks('walk-by-all', 'shows every message once, newest first, in pages as long as the chat', (known) => [
      Math.min(known, 200),
    ]),
    walks('walk-by-changing-limits', 'takes another limit with each cursor', async (_known, whole) =>
      limitsWithinSeconds(await whole()),
    ),
    {
      id: '200/-/walk-again',
      promise: 'shows the same messages in the same order when nothing has changed',
      live: true,
      control: [idOf(base)],
      checks: [...walkChecks, 'same-walk'],
      run: async (context) => {
        const call = await admittedCall(base, context)
        const known = context.get('fixtures.chat').messageIds.length
        const ids = (entries: Message[]) => entries.map(({ id }) => id).join()
        const one = await walk<Message>(context, call, [50], known)
        const two = await walk<Message>(context, call, [50], known)
        context.check('same-walk', ids(one) === ids(two), 'the second walk differs from the first')
      },
    },
    whileArriving('walk-while-arriving', 'whatever comes in meanwhile', () => 0),
    whileArriving(
      'walk-while-old-arriving',
      'though older ones come in meanwhile',
      (entries) => (entries[0]?.timestamp ?? 0) - (entries.at(-1)?.timestamp ?? 0) + 60_000,
    ),
    {
      id: '200/-/times',
      promise: 'tells times in milliseconds',
      live: true,
      control: [idOf(base)],
      checks: ['milliseconds'],
      run: async (context) => {
        const { body } = await context.send<Schemas['MessageList']>(await admittedCall(base, context), { status: 200 })
        for (const { id, timestamp, createdAt } of body.data) {
          context.check('milliseconds', isPast(timestamp), `timestamp ${timestamp} of ${id} is not in milliseconds`)
          context.check('milliseconds', isPast(createdAt), `createdAt ${createdAt} of ${id} is not in milliseconds`)
        }
        context.check('milliseconds', body.data.length > 0, 'the page is empty')
      },
    },
    {
      id: '200/-/quotes-found',
      promise: 'quotes only messages that it has',
      live: true,
      control: [idOf(base)],
      checks: [...walkChecks, 'found'],
      run: async (context) => {
        const call = await admittedCall(base, context)
        const known = context.get('fixtures.chat').messageIds.length
        const entries = await walk<Message>(context, call, [200], known)
        const ids = new Set(entries.map(({ id }) => id))
        const quotes = entries.flatMap(({ quoted }) => quoted?.id ?? [])
        const strange = quotes.filter((id) => !ids.has(id))
        // A message may answer one of another chat, in private for one.
        const elsewhere = strange.length === 0 ? [] : await idsOfOtherChats(context)
        const lost = strange.find((id) => !elsewhere.includes(id))
        context.check('found', lost === undefined, `the quoted ${lost} is in no chat`)
      },
    },
    {
      id: '200/-/session-offline',
      promise: 'serves the stored copy of a session without a connected client',
      needs: ['fixtures.offlineSession', 'fixtures.offlineChat'],
      live: true,
      control: [idOf(base)],
      checks: ['stored'],
      run: async (context) => {
        const path = { session: context.get('fixtures.offlineSession'), cid: context.get('fixtures.offlineChat').id }
        const call: Call = { operationId: 'listChatMessages', path }
        const { body } = await context.send<Schemas['MessageList']>(call, { status: 200 })
        context.check('stored', body.data.length > 0, 'the chat has no messages while the session is not connected')
      },
    },
    {
      id: '200/-/limit-200-filled',
      promise: 'fills a page of 200 when there are as many messages',
      level: 'SHOULD',
      live: true,
      control: [idOf(base)],
      checks: ['filled'],
      run: async (context) => {
        const most = Math.min(200, context.get('fixtures.chat').messageIds.length)
        const call = { ...(await admittedCall(base, context)), query: { limit: 200 } }
        const { body } = await context.send<Schemas['MessageList']>(call, { status: 200 })
        context.check('filled', body.data.length === most, `a page of ${most} has ${body.data.length} entries`)
      },
    },
    {
      ...refuses(base, 'cursor-of-other-chat', 'refuses the cursor of another chat', async (context) => {
        const path = { session: context.get('fixtures.liveSession'), cid: context.get('fixtures.otherChat').id }
        return cursorOf(
          context,
          { operationId: 'listChatMessages', path },
          'fixtures.otherChat has fewer than two messages',
        )
      }),
      needs: [...needsOf(base), 'fixtures.otherChat'],
      live: true,
    },
    {
      ...refuses(base, 'cursor-of-other-list', 'refuses the cursor of the list of chats', async (context) => {
        const path = { session: context.get('fixtures.liveSession') }
        return cursorOf(context, { operationId: 'listChats', path }, 'fixtures.liveSession has fewer than two chats')
      }),
      features: ['listChats'],
      live: true,
    },
    {
      ...refusesTwin('cursor-of-other-session', 'refuses the cursor of the same chat in another session', (context) =>
        twinCursor(context, context.get('fixtures.offlineSession')),
      ),
      needs: [...needsOf(base), 'fixtures.twinChat', 'fixtures.offlineSession'],
    },
    {
      ...refusesTwin(
        'cursor-of-other-organization',
        'refuses the cursor of the same chat in another organization',
        (context) => twinCursor(context, context.get('fixtures.otherOrgSession'), { token: 'otherOrg' }),
      ),
      needs: [...needsOf(base), 'fixtures.twinChat', 'tokens.otherOrg', 'fixtures.otherOrgSession'],
    },
  ]),
]
