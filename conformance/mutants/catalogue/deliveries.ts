/** Servers that do not send to webhooks what they say: what the right server sends is changed on its way. */
import type { Called, Reply } from '../../addresses.ts'
import type { Schemas } from '../../contract.ts'
import type { Target } from '../../target.ts'
import { copied, type Delivering, detoured, type Send, type Sent, signed, type Way } from '../detour.ts'
import {
  type Asked,
  bodyOf,
  edited,
  isObject,
  look,
  type MakeFault,
  on,
  shows,
  withMembers,
  withQuery,
} from '../fault.ts'
import type { Equivalent, Mutant } from '../mutant.ts'
import { receiving, sends } from '../receiving.ts'

type Event = Schemas['Event']
type Webhook = Schemas['Webhook']

const eventIn = ({ body }: Called) => JSON.parse(body.toString('utf8')) as Event

const isTest = (sent: Called) => String(eventIn(sent).event) === 'webhook.test'

/** Changes what is sent of the log. */
const changes = (change: (sent: Sent) => Sent): MakeFault =>
  detoured(() => (sent, send) => send(isTest(sent) ? sent : change(sent)))

const isInNoLog = (sent: Called) => ['auth.qr', 'presence.update'].includes(String(eventIn(sent).event))

const anotherSecret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`

/** The same event under another id. */
const renamed = (sent: Sent, nth: number): Sent => {
  const event = eventIn(sent)
  const id = `${event.id.slice(0, -4)}${String(nth % 10_000).padStart(4, '0')}`
  return signed(sent, { id, body: JSON.stringify({ ...event, id }) })
}

const isTaken = ({ status }: Reply) => status >= 200 && status <= 299

/** Sends to others, too, before it sends to whom it has to. */
const alsoTo = (isMeant: (way: Way) => boolean): MakeFault =>
  detoured(() => async (sent, send, ways) => {
    if (!isTest(sent)) for (const way of ways.filter(isMeant)) await send(copied(sent, way))
    return send(sent)
  })

const noContent: Reply = { status: 204 }

/** Tries nothing twice. @param later called with what was not taken, before what is sent next */
const triesOnce =
  (later: (sent: Sent, send: Send) => Promise<unknown>): (() => Delivering) =>
  () => {
    let left: Sent | undefined
    return async (sent, send) => {
      const before = left
      left = undefined
      const reply = await send(sent)
      if (before !== undefined) await later(before, send)
      if (isTaken(reply)) return reply
      left = sent
      return noContent
    }
  }

/** Makes webhooks without one thing that a caller asks for, and shows it as it was asked for. */
const without = (
  name: 'events' | 'sessionId',
  isMeant: (value: unknown, target: Target) => boolean = (value) => value !== undefined,
): MakeFault => {
  return (target) =>
    on(
      ({ operationId, body }) => operationId === 'createWebhook' && isObject(body) && isMeant(body[name], target),
      async (asked, ask) => {
        const wanted = isObject(asked.body) ? asked.body[name] : undefined
        const answer = await ask(withMembers(asked, ({ [name]: _wanted, ...body }) => body))
        return answer.status > 299 ? answer : edited<Webhook>(answer, (webhook) => ({ ...webhook, [name]: wanted }))
      },
    )
}

/** Is a part of the log to be sent again, and not only the call tried? */
const isPart = ({ operationId, body }: Asked) =>
  operationId === 'replayWebhook' && isObject(body) && Number(body.since) > 0

/** Cases that look at the delivery of a test. */
const tested = ['testWebhook/200/-/received', 'testWebhook/200/-/refused', 'rotateWebhookSecret/200/-/signs-with-both']

/** What they affect: cases that look at deliveries. */
const told = (more: Pick<Mutant, 'id' | 'fault' | 'because' | 'make'> & { killedBy: string[] }): Mutant => ({
  ...more,
  id: `deliveries/${more.id}`,
  touches: [...receiving, ...tested],
})

export const deliveries: readonly Mutant[] = [
  told({
    id: 'signed-with-another-secret',
    fault: 'signs all but tests with another secret than it has shown',
    killedBy: [sends('message-sent')],
    because: /the secret does not fit/,
    make: changes((sent) => signed(sent, {}, [anotherSecret])),
  }),
  told({
    id: 'signed-before-it-is-written',
    fault: 'signs the event, and sends it in other bytes',
    killedBy: [sends('message-sent'), 'testWebhook/200/-/received'],
    because: /the secret does not fit/,
    make: detoured(
      () => (sent, send) => send({ ...sent, body: Buffer.from(JSON.stringify(eventIn(sent), undefined, 1)) }),
    ),
  }),
  told({
    id: 'unsigned',
    fault: 'does not sign',
    killedBy: [sends('message-sent')],
    because: 'no webhook-signature',
    make: changes((sent) => {
      const { 'webhook-signature': _signature, ...headers } = sent.headers
      return { ...sent, headers }
    }),
  }),
  told({
    id: 'as-text',
    fault: 'sends events as text',
    killedBy: [sends('message-sent')],
    because: 'it is a POST of text/plain',
    make: changes((sent) => ({ ...sent, headers: { ...sent.headers, 'content-type': 'text/plain' } })),
  }),
  told({
    id: 'without-its-headers',
    fault: 'leaves out the headers of the webhook',
    killedBy: [sends('message-sent')],
    because: /^X-Conformance is/,
    make: changes((sent) => {
      const { 'x-conformance': _own, ...headers } = sent.headers
      return { ...sent, headers }
    }),
  }),
  told({
    id: 'twice',
    fault: 'sends each event twice',
    killedBy: [sends('message-sent')],
    because: 'told as 1 1 2',
    make: detoured(() => async (sent, send) => {
      if (!isTest(sent)) await send(sent)
      return send(sent)
    }),
  }),
  told({
    id: 'two-ids',
    fault: 'sends each message as two events',
    killedBy: [sends('message-sent')],
    because: 'one message is told as evt_',
    make: detoured(() => async (sent, send) => {
      if (!isTest(sent)) await send(renamed(sent, 7))
      return send(sent)
    }),
  }),
  told({
    id: 'another-event',
    fault: 'sends another text than the log has',
    killedBy: [sends('as-in-log')],
    because: 'otherwise than the log has it',
    make: changes((sent) => {
      const event = eventIn(sent)
      const { message } = event.payload
      if (message === undefined) return sent
      return signed(sent, {
        body: JSON.stringify({ ...event, payload: { message: { ...message, body: 'Hello.' } } }),
      })
    }),
  }),
  told({
    id: 'new-ids',
    fault: 'gives an event another id when it is sent again',
    killedBy: [sends('sent-again'), 'replayWebhook/200/-/same-again', 'redeliver/200/-/same-again'],
    because: 'one message is told as evt_',
    make: detoured(() => {
      const times = new Map<string, number>()
      return (sent, send) => {
        const { 'webhook-id': id = '' } = sent.headers
        const nth = times.get(id) ?? 0
        times.set(id, nth + 1)
        return send(nth === 0 ? sent : renamed(sent, nth))
      }
    }),
  }),
  told({
    id: 'lost',
    fault: 'gives up when an event is not taken',
    killedBy: [sends('sent-again')],
    because: 'told as 1 2',
    make: detoured(triesOnce(async () => {})),
  }),
  told({
    id: 'tries-twice',
    fault: 'tries an event twice, whatever its policy says',
    killedBy: [sends('sent-again')],
    because: 'told as 1 1 2',
    make: detoured(() => {
      const tried = new Set<string>()
      return async (sent, send) => {
        const reply = await send(sent)
        const id = sent.headers['webhook-id'] ?? ''
        if (isTaken(reply) || !tried.has(id)) {
          tried.add(id)
          return reply
        }
        return noContent
      }
    }),
  }),
  told({
    id: 'follows-redirects',
    fault: 'follows redirects',
    killedBy: ['listDeliveries/200/-/what-became-of-them'],
    because: 'it has followed a redirect',
    make: detoured(() => async (sent, send) => {
      const reply = await send(sent)
      const url = reply.headers?.Location
      return url === undefined ? reply : send({ ...sent, way: { ...sent.way, url } })
    }),
  }),
  told({
    id: 'messages-alone',
    fault: 'sends messages, and nothing else of a chat',
    killedBy: [sends('as-in-log')],
    because: /are told, not message evt_/,
    make: detoured(() => (sent, send) => (isTest(sent) || eventIn(sent).event === 'message' ? send(sent) : noContent)),
  }),
  told({
    id: 'as-created',
    fault: 'goes on sending the events that a webhook named when it was created',
    killedBy: ['updateWebhook/200/-/sends-as-changed'],
    because: 'message is not named any more',
    make: () =>
      on(
        ({ operationId, body }) =>
          operationId === 'updateWebhook' && isObject(body) && String(body.events) === 'session.status',
        async (asked, ask) =>
          edited<Webhook>(await ask(withMembers(asked, ({ events: _events, ...body }) => body)), (webhook) => ({
            ...webhook,
            events: ['session.status'],
          })),
      ),
  }),
  told({
    id: 'out-of-order',
    fault: 'sends an event that was not taken again after the next one of its chat',
    killedBy: [sends('sent-again')],
    because: /told as 1 2/,
    make: detoured(triesOnce((sent, send) => send(sent))),
  }),
  told({
    id: 'again-at-once',
    fault: 'tries again without a pause',
    killedBy: [sends('sent-again')],
    because: /came again after \d+ ms/,
    make: detoured(() => async (sent, send) => {
      const reply = await send(sent)
      return isTest(sent) || isTaken(reply) || reply.status === 410 ? reply : send(sent)
    }),
  }),
  told({
    id: 'does-not-wait',
    fault: 'does not read Retry-After',
    killedBy: [sends('asked-to-wait')],
    because: /came again after \d+ ms/,
    make: detoured(() => async (sent, send) => ({ status: (await send(sent)).status })),
  }),
  told({
    id: 'time-of-first-attempt',
    fault: 'signs an event once, with the time of the first attempt',
    killedBy: [sends('asked-to-wait')],
    because: 'that of the attempt before',
    make: (...given) => {
      const first = new Map<string, string>()
      return changes((sent) => {
        const { 'webhook-id': id = '', 'webhook-timestamp': now = '' } = sent.headers
        const timestamp = first.get(id) ?? now
        first.set(id, timestamp)
        return signed(sent, { timestamp })
      })(...given)
    },
  }),
  told({
    id: 'constant-pauses',
    fault: 'waits equally long before each retry, whatever its policy says',
    killedBy: [sends('pauses-grow')],
    because: /retry 2 came after \d+ ms/,
    make: () =>
      on('createWebhook', async (asked, ask) => {
        const wanted = isObject(asked.body) && isObject(asked.body.retryPolicy) ? asked.body.retryPolicy : {}
        if (wanted.policy !== 'exponential') return ask(asked)
        const constant = { ...wanted, policy: 'constant' }
        const answer = await ask(withMembers(asked, (body) => ({ ...body, retryPolicy: constant })))
        return edited<Webhook>(answer, (webhook) =>
          webhook.retryPolicy
            ? { ...webhook, retryPolicy: { ...webhook.retryPolicy, policy: 'exponential' } }
            : webhook,
        )
      }),
  }),
  told({
    id: 'nothing-that-passes',
    fault: 'sends no event that is in no log',
    killedBy: [sends('presence-sent'), sends('qr-sent')],
    because: /a call for .* did not happen/,
    make: detoured(() => (sent, send) => (isInNoLog(sent) ? noContent : send(sent))),
  }),
  told({
    id: 'what-passes-to-all',
    fault: 'sends what is in no log to webhooks for all events, too',
    killedBy: [sends('presence-sent'), sends('qr-sent')],
    because: 'was not asked for',
    make: detoured(() => async (sent, send, ways) => {
      if (isInNoLog(sent)) for (const way of ways) if (way.url !== sent.way.url) await send(copied(sent, way))
      return send(sent)
    }),
  }),
  told({
    id: 'what-passes-has-a-position',
    fault: 'gives a position to what is in no log',
    killedBy: [sends('presence-sent'), sends('qr-sent')],
    because: /is told as/,
    make: changes((sent) =>
      isInNoLog(sent) ? signed(sent, { body: JSON.stringify({ ...eventIn(sent), position: 1 }) }) : sent,
    ),
  }),
  told({
    id: 'off-for-good',
    fault: 'switches no webhook on again whose receiver has answered 410',
    killedBy: ['updateWebhook/200/-/on-again-after-410'],
    because: 'active is false, because gone',
    make: () =>
      on(
        ({ operationId, body }) => operationId === 'updateWebhook' && isObject(body) && body.active === true,
        async (asked, ask) => {
          const before = bodyOf<Webhook>(await ask(look(asked, asked.target)))
          return ask(before.inactiveReason === 'gone' ? withMembers(asked, ({ active: _on, ...body }) => body) : asked)
        },
      ),
  }),
  told({
    id: 'all-events',
    fault: 'sends all events, whatever a webhook names',
    killedBy: [sends('only-what-it-names')],
    because: 'message was not asked for',
    make: without('events', (value) => Array.isArray(value) && value.includes('session.status')),
  }),
  told({
    id: 'all-sessions',
    fault: 'sends the events of all sessions, whatever a webhook names',
    killedBy: [sends('only-what-it-names')],
    because: 'of another session was not asked for',
    make: without('sessionId', (value, { fixtures }) => value === fixtures.offlineSession),
  }),
  told({
    id: 'to-others',
    fault: 'sends the events of one organization to the webhooks of another',
    killedBy: [sends('not-to-others')],
    because: 'another organization was sent message',
    make: alsoTo(({ caller }) => caller === 'otherOrg'),
  }),
  told({
    id: 'after-deletion',
    fault: 'goes on sending to a webhook that was deleted',
    killedBy: ['deleteWebhook/204/-/silent'],
    because: /it is sent \d messages/,
    make: alsoTo(({ isDeleted }) => isDeleted),
  }),
  told({
    id: 'while-inactive',
    fault: 'sends to webhooks that are not active',
    killedBy: ['updateWebhook/200/-/waits-while-inactive'],
    because: 'while it is not active',
    make: alsoTo(({ isActive, isDeleted }) => !isActive && !isDeleted),
  }),
  told({
    id: 'lost-while-inactive',
    fault: 'forgets what happens while a webhook is not active',
    killedBy: ['updateWebhook/200/-/waits-while-inactive'],
    because: 'what has waited does not come first',
    make: detoured(() => {
      const paused = new Set<string>()
      return (sent, send, ways) => {
        for (const { url, isActive } of ways) if (!isActive) paused.add(url)
        if (isTest(sent) || !sent.way.isActive || !paused.delete(sent.way.url)) return send(sent)
        return noContent
      }
    }),
  }),
  told({
    id: 'gone-and-called',
    fault: 'goes on sending to a receiver that has answered 410',
    killedBy: ['getWebhook/200/-/gone'],
    because: 'it is sent the messages 1 2',
    make: detoured(() => {
      const gone = new Set<Way>()
      return async (sent, send) => {
        for (const way of gone) if (way.url !== sent.way.url) await send(copied(sent, way))
        const reply = await send(sent)
        if (reply.status === 410 && !isTest(sent)) gone.add(sent.way)
        return reply
      }
    }),
  }),
  told({
    id: 'gone-without-reason',
    fault: 'does not say why it has switched a webhook off',
    killedBy: ['getWebhook/200/-/gone'],
    because: 'inactiveReason is undefined',
    make: () => shows<Webhook>('getWebhook', ({ inactiveReason: _reason, ...webhook }) => webhook),
  }),
  told({
    id: 'pending-stay',
    fault: 'sends what is pending to the URL that the webhook had',
    killedBy: ['updateWebhook/200/-/pending-moves'],
    because: 'the old URL is called again',
    make: detoured(() => {
      const first = new Map<string, Way>()
      return (sent, send) => {
        const { 'webhook-id': id = '' } = sent.headers
        const way = first.get(id) ?? sent.way
        first.set(id, way)
        return send({ ...sent, way })
      }
    }),
  }),
  told({
    id: 'not-replayed',
    fault: 'answers that it sends a part of the log again, and does not',
    killedBy: ['replayWebhook/200/-/same-again'],
    because: 'told as 1 2 3',
    make: () => on(isPart, (asked, ask) => ask(look(asked, asked.target.replace(/:replay$/, '')))),
  }),
  told({
    id: 'replayed-without-end',
    fault: 'replays the log from a position to its end, whatever is asked for',
    killedBy: ['replayWebhook/200/-/same-again'],
    because: 'told as 1 2 1 2 3',
    make: () => on(isPart, (asked, ask) => ask(withMembers(asked, ({ until: _until, ...body }) => body))),
  }),
  told({
    id: 'failed-with-200',
    fault: 'lists what failed as if it had been answered with 200',
    killedBy: ['listDeliveries/200/-/what-became-of-them'],
    because: /after 307 the delivery is/,
    make: () =>
      shows<Schemas['DeliveryList']>('listDeliveries', (page) => ({
        ...page,
        data: page.data.map((delivery) =>
          delivery.status === 'failed' ? { ...delivery, responseStatus: 200 } : delivery,
        ),
      })),
  }),
  told({
    id: 'all-statuses',
    fault: 'lists deliveries of every status, whatever is asked for',
    killedBy: ['listDeliveries/200/-/what-became-of-them'],
    because: /is listed among those/,
    make: () =>
      on(
        ({ operationId, query }) => operationId === 'listDeliveries' && query.get('status') === 'failed',
        (asked, ask) => ask(withQuery(asked, { status: undefined })),
      ),
  }),
  told({
    id: 'rotated-for-tests-alone',
    fault: 'signs tests alone with the new secret after a rotation',
    killedBy: ['rotateWebhookSecret/200/-/signs-events-with-both'],
    because: '1 of 2 secrets do not fit',
    make: changes((sent) => signed(sent, {}, sent.way.secrets.slice(-1))),
  }),
  {
    id: 'deliveries/always-delivered',
    fault: 'says of each test that it was delivered',
    killedBy: ['testWebhook/200/-/refused'],
    because: /after 500 it answers/,
    make: () =>
      shows<Schemas['WebhookTest']>('testWebhook', ({ id, durationMs }) => ({
        id,
        delivered: true,
        responseStatus: 204,
        durationMs,
      })),
  },
  {
    id: 'deliveries/new-secret-not-used',
    fault: 'signs with the secret of before alone after a rotation',
    killedBy: ['rotateWebhookSecret/200/-/signs-with-both'],
    because: /1 of 2 secrets do not fit/,
    touches: ['rotateWebhookSecret/*'],
    make: () =>
      shows<Webhook>('rotateWebhookSecret', (webhook) => ({
        ...webhook,
        secret: `whsec_${Buffer.from(webhook.updatedAt.toString().padStart(32, '0')).toString('base64')}`,
      })),
  },
]

export const equivalentDeliveries: readonly Equivalent[] = [
  {
    id: 'equivalent/events-written-otherwise',
    does: 'writes each attempt in other bytes, with a member and a header that the contract does not have',
    because: 'a receiver verifies the bytes that came, and new members may appear at any time',
    make: (...given) => {
      let count = 0
      return detoured(() => (sent, send) => {
        const body = JSON.stringify({ attempt: count++, ...eventIn(sent) }, undefined, 1 + (count % 4))
        const { headers, ...rest } = signed(sent, { body })
        return send({ ...rest, headers: { ...headers, 'x-attempt': String(count) } })
      })(...given)
    },
  },
]
