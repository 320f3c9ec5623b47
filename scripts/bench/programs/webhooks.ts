/** The deliverer of webhooks on a store, with nothing around it. Argument: folder. */
import { randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { createNews } from '../../../server/events/news.ts'
import { createOutbound } from '../../../server/outbound/outbound.ts'
import { createSealer } from '../../../server/store/seal.ts'
import { createDeliverer } from '../../../server/webhooks/deliverer.ts'
import { newWebhook } from '../../../server/webhooks/new-webhook.ts'
import { createSendEvent } from '../../../server/webhooks/send.ts'
import { newSecret } from '../../../server/webhooks/signature.ts'
import { arriving, chatJid, openStoreWithSession, organization, owned, silent } from '../history.ts'
import { answerWith } from '../process.ts'

const [folder = ''] = process.argv.slice(2)
const clock = Date.now
const news = createNews()
const store = await openStoreWithSession(folder, createSealer(randomBytes(32)), { onEvents: news.told })
const outbound = createOutbound({ allowed: ['127.0.0.0/8'] })
const send = createSendEvent({ outbound, clock })
const deliverer = createDeliverer({ store, news, send, clock, onAttempt: () => {}, log: silent })

const chats = 100
let arrived = 0
const next = () => {
  const jid = chatJid(arrived % chats)
  const body = `message ${arrived}`
  arrived += 1
  const id = `3EB0${String(arrived).padStart(12, '0')}`
  const about = {
    kind: 'message',
    chat: jid,
    id,
    fromMe: false,
    sender: jid,
    timestamp: clock(),
    type: 'text',
  } as const
  return arriving({ ...about, body, live: true })
}

const answers = {
  /** @returns the webhook's id */
  create: async ({ url, active }: { url: string; active: boolean }): Promise<string> => {
    const row = newWebhook(organization, { url, events: ['message'], active }, clock())
    await store.insertWebhook(row, { secret: newSecret() })
    deliverer.changed(row.id)
    return row.id
  },
  activate: async ({ ids, active }: { ids: string[]; active: boolean }) => {
    for (const id of ids) {
      await store.changeWebhook(id, { active }, clock())
      deliverer.changed(id)
    }
  },
  /** Messages that arrive at once. @returns position of the last event */
  fill: async (count: number): Promise<number> => {
    for (let left = count; left > 0; left -= 500)
      await store.ingest(owned, Array.from({ length: Math.min(left, 500) }, next), clock())
    return store.eventHead(organization)
  },
  /** Has events of the log sent again. */
  replay: async ({ id, since, until }: { id: string; since: number; until: number }) => {
    await store.replayLog(id, { since, until })
    deliverer.changed(id)
  },
  /** Messages that arrive one after the other. @returns number of each, and when it was given to the store, in epoch ms */
  arrive: async ({ count, perSecond }: { count: number; perSecond: number }): Promise<[number, number][]> => {
    const sent: [number, number][] = []
    const began = now()
    for (let n = 0; n < count; n += 1) {
      await pause(Math.max(0, began + (n * 1_000) / perSecond - now()))
      sent.push([arrived, now()])
      await store.ingest(owned, [next()], clock())
    }
    return sent
  },
  /** What a deliverer at its fastest would do: the same requests, eight at a time, and nothing else. */
  bare: async ({ url, count, bytes }: { url: string; count: number; bytes: number }) => {
    const agent = new Agent({ keepAlive: true })
    const body = 'x'.repeat(bytes)
    let left = count
    const post = () =>
      new Promise<void>((resolve, reject) => {
        const asked = request(url, { method: 'POST', agent }, (response) => response.resume().on('end', resolve))
        asked.on('error', reject).end(body)
      })
    const one = async () => {
      while (left > 0) {
        left -= 1
        await post()
      }
    }
    await Promise.all(Array.from({ length: 8 }, one))
    agent.destroy()
  },
}
export type WebhooksProgram = typeof answers

/** Of all processes of the machine, ms. */
const now = () => performance.timeOrigin + performance.now()

answerWith(answers, async () => {
  await deliverer.close()
  outbound.close()
  await store.close()
})
