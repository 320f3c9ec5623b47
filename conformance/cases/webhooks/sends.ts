/** What a webhook is sent, when, and in which order: promises of `createWebhook`. */
import type { Called } from '../../addresses.ts'
import type { Call, Context } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { canonical } from '../../parley.ts'
import type { Inbox } from '../../receiver.ts'
import type { Row } from '../../table.ts'
import { arrivalChecks, arrived, callFault, eventIn, messageComes, sequenceOf, subscribe } from './delivered.ts'
import { scratch } from './scratch.ts'

type Event = Schemas['Event']

/** Equal events are equal texts. */
const textOf = (event: Partial<Event>) => canonical('Event', event as Event)

const inPairs = <T>(list: readonly T[]): [T, T][] =>
  list.flatMap((one, index): [T, T][] => {
    const next = list[index + 1]
    return next === undefined ? [] : [[one, next]]
  })

/** Pauses that vary by a fifth, and clocks that do not go quite alike. */
const atLeast = (pauseMs: number) => pauseMs * 0.75

const logAfter = async (context: Context, query: NonNullable<Call['query']>) =>
  (await context.send<Schemas['EventPage']>({ operationId: 'listEvents', query }, { status: 200 })).body

const presenceIn = (call: Called) => (eventIn(call) as Partial<Schemas['PassingEvent']> | undefined)?.payload?.presence

const chatOf = ({ payload }: Partial<Event>) => payload?.message?.chatJid ?? payload?.chat?.jid

const inWords = (events: readonly Partial<Event>[]) =>
  events.map(({ event, id }) => `${event} ${id}`).join(', ') || 'no events'

/** Is in no log: what tells of it has no position. */
const isPassing = (event: Partial<Event> | undefined) => event !== undefined && !('position' in event)

const namesOf = (inbox: Inbox) => inbox.calls.map((call) => String(eventIn(call)?.event))

export const sends: Row[] = [
  {
    id: '201/-/presence-sent',
    promise: 'sends what people do now to a webhook that names it, without a position, and not to one for all events',
    checks: [...arrivalChecks, 'presence', 'silent'],
    run: async (context) => {
      const sessionId = context.get('fixtures.liveSession')
      const { id: chat } = context.get('fixtures.busyChat')
      const inbox = await context.receive()
      const { secret } = await scratch(context, { url: inbox.url, events: ['presence.update'], sessionId })
      const all = await subscribe(context, { events: ['*'] })
      let wishes = 0
      // It is sent once, and perhaps the webhook was not ready yet.
      const call = await context.until(
        'a call for a presence',
        async () => {
          const presence = wishes % 2 === 0 ? 'composing' : 'paused'
          if (inbox.calls.length === 0) await context.happen('incomingPresence', { session: sessionId, chat, presence })
          wishes += 1
          return inbox.calls.find((one) => presenceIn(one)?.chatJid === chat)
        },
        inbox.next,
      )
      const fault = callFault(call, [secret])
      context.check('call', fault === undefined, `${fault}`)
      const event = eventIn(call)
      const isTrue = isPassing(event) && event?.session === sessionId && presenceIn(call)?.jid === chat
      context.check('presence', isTrue, `a presence is told as ${call.body.toString('utf8')}`)
      await messageComes(context)
      await arrived(context, all, 1)
      const isSilent = !namesOf(all.inbox).includes('presence.update')
      context.check('silent', isSilent, 'presence.update was not asked for')
    },
  },
  {
    id: '201/-/qr-sent',
    promise:
      'tells a webhook that names it of a new QR code, without the code and a position, and not one for all events',
    features: ['pairing', 'startSession'],
    effects: ['sessions'],
    checks: ['call', 'qr', 'silent'],
    run: async (context) => {
      const sessionId = await context.make('createSession', { body: {} })
      const [named, all] = [await context.receive(), await context.receive()]
      await scratch(context, { url: all.url, events: ['*'], sessionId })
      const { secret } = await scratch(context, { url: named.url, events: ['auth.qr'], sessionId })
      await context.send({ operationId: 'startSession', path: { session: sessionId } }, { status: 200 })
      const call = await context.until('a call for a QR code', async () => named.calls[0], named.next)
      const fault = callFault(call, [secret])
      context.check('call', fault === undefined, `${fault}`)
      const event = eventIn(call)
      const isTrue = isPassing(event) && event?.session === sessionId && String(event.event) === 'auth.qr'
      context.check('qr', isTrue, `a code is told as ${call.body.toString('utf8')}`)
      await context.until(
        'a call for the status of the session',
        async () => (namesOf(all).includes('session.status') ? true : undefined),
        all.next,
      )
      context.check('silent', !namesOf(all).includes('auth.qr'), 'auth.qr was not asked for')
    },
  },
  {
    id: '201/-/pauses-grow',
    promise: 'lets more time pass before the second retry than before the first, when its policy is exponential',
    checks: [...arrivalChecks, 'pause'],
    run: async (context) => {
      const webhook = await subscribe(context, { retryPolicy: { policy: 'exponential', delaySeconds: 1 } })
      webhook.inbox.answer(500, 500, 204)
      await messageComes(context)
      for (const attempt of [1, 2, 3]) {
        await context.until(
          `attempt ${attempt}`,
          async () => (webhook.calls().length >= attempt ? true : undefined),
          webhook.inbox.next,
        )
      }
      const calls = await arrived(context, webhook, 1)
      for (const [before, call] of inPairs(webhook.inbox.calls)) {
        const retry = calls.indexOf(call)
        // A receiver that takes what is of another chat is known to be back: then the pause is over.
        if (before.status < 300 || retry < 1 || retry > 2) continue
        const waitedMs = call.at - before.at
        context.check(
          'pause',
          waitedMs >= atLeast(1_000 * 2 ** (retry - 1)),
          `retry ${retry} came after ${Math.round(waitedMs)} ms`,
        )
      }
      context.check('pause', true, '')
    },
  },
  {
    id: '201/-/message-sent',
    promise: 'sends each message that comes in once, in order, signed, with the headers of the webhook',
    checks: [...arrivalChecks, 'sequence', 'headers'],
    run: async (context) => {
      const name = 'X-Conformance'
      const webhook = await subscribe(context, { customHeaders: { [name]: context.runId } })
      await messageComes(context)
      await messageComes(context)
      const calls = await arrived(context, webhook, 2)
      context.check('sequence', sequenceOf(calls) === '1 2', `the messages are told as ${sequenceOf(calls)}`)
      const sent = calls.map(({ headers }) => headers[name.toLowerCase()])
      context.check('headers', sent.join() === [context.runId, context.runId].join(), `${name} is ${sent.join()}`)
    },
  },
  {
    id: '201/-/as-in-log',
    promise: 'sends all events of a chat, each as the log has it and in its order',
    features: ['listEvents', 'readChat'],
    effects: ['read-marker'],
    checks: [...arrivalChecks, 'same-events', 'same-content'],
    run: async (context) => {
      const { id: chat } = context.get('fixtures.busyChat')
      const session = context.get('fixtures.liveSession')
      const webhook = await subscribe(context, { events: ['*'] })
      const { position: since } = await logAfter(context, { session })
      await messageComes(context)
      await context.send({ operationId: 'readChat', path: { session, cid: chat } }, { status: 200 })
      await messageComes(context)
      const last = (await arrived(context, webhook, 2)).at(-1)
      const end = (last && eventIn(last)?.position) ?? 0
      const { data } = await logAfter(context, { session, since, limit: 200 })
      const isMeant = (event: Partial<Event>) =>
        chatOf(event) === chat && (event.position ?? 0) > since && (event.position ?? 0) <= end
      const sent = webhook.inbox.calls.map((call) => eventIn(call) ?? {}).filter(isMeant)
      const wanted = data.filter(isMeant)
      context.check(
        'same-events',
        inWords(sent) === inWords(wanted),
        `${inWords(sent)} are told, not ${inWords(wanted)}`,
      )
      const other = sent.find((event, index) => textOf(event) !== textOf(wanted[index] ?? {}))
      context.check('same-content', other === undefined, `${other?.id} is told otherwise than the log has it`)
    },
  },
  {
    id: '201/-/sent-again',
    promise:
      'sends what was not answered with 2xx again after the pause of its policy, before what follows in the chat, and nothing else again',
    checks: [...arrivalChecks, 'sequence', 'pause'],
    run: async (context) => {
      const webhook = await subscribe(context, { retryPolicy: { policy: 'constant', delaySeconds: 1 } })
      webhook.inbox.answer(500, 400, 204)
      await messageComes(context)
      await messageComes(context)
      const calls = await arrived(context, webhook, 2)
      context.check('sequence', sequenceOf(calls) === '1 1 1 2', `the messages are told as ${sequenceOf(calls)}`)
      for (const [before, call] of inPairs(webhook.inbox.calls)) {
        // What is of another chat need not wait; and a receiver that takes it is known to be back.
        if (before.status < 300 || !calls.includes(call)) continue
        const waitedMs = call.at - before.at
        context.check('pause', waitedMs >= atLeast(1_000), `it came again after ${Math.round(waitedMs)} ms`)
      }
      context.check('pause', true, '')
    },
  },
  {
    id: '201/-/asked-to-wait',
    promise: 'tries again, with the time of that attempt, not before a receiver wants it to',
    checks: [...arrivalChecks, 'pause', 'timestamp'],
    run: async (context) => {
      const webhook = await subscribe(context, { retryPolicy: { policy: 'constant', delaySeconds: 1 } })
      webhook.inbox.answer({ status: 503, headers: { 'Retry-After': '2' } }, 204)
      await messageComes(context)
      const [first, again] = await context.until(
        'the second attempt',
        async () => (webhook.calls().length > 1 ? webhook.calls() : undefined),
        webhook.inbox.next,
      )
      await arrived(context, webhook, 1)
      const waitedMs = (again?.at ?? 0) - (first?.at ?? 0)
      context.check('pause', waitedMs >= 1_900, `it came again after ${Math.round(waitedMs)} ms`)
      const [before, now] = [first, again].map((call) => Number(call?.headers['webhook-timestamp']))
      context.check('timestamp', Number(now) > Number(before), 'webhook-timestamp is that of the attempt before')
    },
  },
  {
    id: '201/-/only-what-it-names',
    promise: 'sends a webhook only the events, and those of the session, that it names',
    needs: ['fixtures.offlineSession'],
    checks: [...arrivalChecks, 'events', 'session'],
    run: async (context) => {
      const others = await subscribe(context, { events: ['session.status', 'message.status'] })
      const elsewhere = await subscribe(context, { sessionId: context.get('fixtures.offlineSession'), events: ['*'] })
      const witness = await subscribe(context, { events: ['message', 'message.status'] })
      await messageComes(context)
      await messageComes(context)
      await arrived(context, witness, 2)
      const odd = others.inbox.calls.map(eventIn).find((event) => event?.event === 'message')
      context.check('events', odd === undefined, 'message was not asked for')
      const foreign = elsewhere.inbox.calls.map(eventIn).find((event) => event?.session === witness.webhook.sessionId)
      context.check('session', foreign === undefined, `${foreign?.event} of another session was not asked for`)
    },
  },
  {
    id: '201/-/not-to-others',
    promise: 'sends nothing of one organization to the webhooks of another',
    needs: ['tokens.otherOrg'],
    checks: [...arrivalChecks, 'silent'],
    run: async (context) => {
      const theirs = await context.receive()
      await scratch(context, { url: theirs.url, events: ['*'] }, { token: 'otherOrg' })
      const witness = await subscribe(context)
      await messageComes(context)
      await messageComes(context)
      await arrived(context, witness, 2)
      const leak = theirs.calls.map(eventIn).find((event) => event?.session === witness.webhook.sessionId)
      context.check('silent', leak === undefined, `another organization was sent ${leak?.event}`)
    },
  },
]
