/**
 * Leads what the right server sends to webhooks through the relay: a webhook that a case creates gets an address of the relay in
 * place of the case's own. Answers show the case's own again, so that nobody can tell that the relay is there.
 */
import type { Addresses, Called, Reply } from '../addresses.ts'
import type { Schemas } from '../contract.ts'
import { isSignedWith, signatureOf } from '../signature.ts'
import type { Target } from '../target.ts'
import type { WireAnswer } from '../transport.ts'
import { type Asked, bodyOf, isObject, type MakeFault, withMembers } from './fault.ts'

type Webhook = Schemas['Webhook']

/** A webhook that a case has created, and its receiver. */
export interface Way {
  /** Of the receiver. */
  readonly url: string
  /** With which the right server signs, the newest first. */
  readonly secrets: readonly string[]
  readonly caller: Asked['caller']
  readonly isActive: boolean
  readonly isDeleted: boolean
}

/** A call on its way to a receiver. */
export interface Sent extends Called {
  way: Way
}

/** Calls the receiver. @returns what it answers */
export type Send = (sent: Sent) => Promise<Reply>

/**
 * What becomes of a call.
 * @param ways all of them, in the order in which they were created
 * @returns what the right server is answered
 */
export type Delivering = (sent: Sent, send: Send, ways: readonly Way[]) => Reply | Promise<Reply>

/** @param make makes what has a memory of its own */
export const detoured =
  (make: () => Delivering): MakeFault =>
  (target, addresses) => {
    const delivering = make()
    const detour = createDetour(addresses, (sent, ways) => delivering(sent, send, ways))
    return async (asked, ask) => {
      const url = receiverIn(asked, target)
      const address = url === undefined ? undefined : await detour.addressOf(url)
      const answer = await ask(
        address === undefined ? asked : withMembers(asked, (body) => ({ ...body, url: address })),
      )
      const shown = detour.turnedBack(answer)
      detour.learn(asked, shown)
      return shown
    }
  }

/** The URL in a request, if it leads to the suite's receiver. */
const receiverIn = ({ operationId, body }: Asked, { limits }: Target): string | undefined => {
  if (operationId !== 'createWebhook' && operationId !== 'updateWebhook') return undefined
  const url = isObject(body) ? body.url : undefined
  const host = limits?.receiver?.host
  return typeof url === 'string' && URL.canParse(url) && new URL(url).hostname === host ? url : undefined
}

const send: Send = async ({ way, method, headers: sent, body }) => {
  const { host: _host, connection: _connection, 'content-length': _length, ...rest } = sent
  const answer = await fetch(way.url, { method, headers: rest, body: new Uint8Array(body), redirect: 'manual' })
  await answer.arrayBuffer()
  const headers = ['Retry-After', 'Location'].flatMap((name) => {
    const value = answer.headers.get(name)
    return value === null ? [] : [[name, value]]
  })
  return { status: answer.status, headers: Object.fromEntries(headers) }
}

interface Detour {
  addressOf(url: string): Promise<string>
  turnedBack(answer: WireAnswer): WireAnswer
  learn(asked: Asked, answer: WireAnswer): void
}

const createDetour = (
  addresses: Addresses,
  pass: (sent: Sent, ways: readonly Way[]) => Reply | Promise<Reply>,
): Detour => {
  /** By the URL of the receiver. */
  const opened = new Map<string, Promise<string>>()
  /** The same, once they are open. */
  const addressed = new Map<string, string>()
  /** By the id of the webhook. */
  const ways = new Map<string, Way>()

  const open = (url: string) =>
    addresses.open((call) => {
      const there = [...ways.values()].filter((one) => one.url === url)
      const way = there.find((one) => signersOf({ ...call, way: one }).length > 0) ?? there[0]
      if (way === undefined) throw new Error('the webhook is not created yet')
      return pass(withText({ ...call, way }, addressed.get(url) ?? url, url), [...ways.values()])
    })

  return {
    addressOf: async (url) => {
      const opening = opened.get(url) ?? open(url)
      opened.set(url, opening)
      addressed.set(url, await opening)
      return opening
    },

    turnedBack: (answer) => {
      const named = [...addressed].filter(([, address]) => answer.bytes.includes(address))
      if (named.length === 0) return answer
      const text = named.reduce(
        (before, [url, address]) => before.replaceAll(address, url),
        answer.bytes.toString('utf8'),
      )
      return { ...answer, bytes: Buffer.from(text) }
    },

    learn: (asked, answer) => {
      if (answer.status > 299) return
      const { operationId, caller } = asked
      const [, id = ''] = /^\/webhooks\/(\w+)/.exec(asked.target) ?? []
      const known = ways.get(id)
      if (operationId === 'deleteWebhook' && known !== undefined) ways.set(id, { ...known, isDeleted: true })
      if (operationId !== 'createWebhook' && operationId !== 'updateWebhook' && operationId !== 'rotateWebhookSecret')
        return
      const webhook = bodyOf<Webhook>(answer)
      const secrets = [...(webhook.secret === undefined ? [] : [webhook.secret]), ...(known?.secrets ?? [])]
      const { url, active: isActive } = webhook
      // What does not lead to the suite is never called.
      if (!opened.has(url)) ways.delete(webhook.id)
      else ways.set(webhook.id, { url, secrets, caller: known?.caller ?? caller, isActive, isDeleted: false })
    },
  }
}

/** The event of a webhook's test shows the webhook, and so its URL. */
const withText = (sent: Sent, from: string, to: string): Sent =>
  sent.body.includes(from) ? signed(sent, { body: sent.body.toString('utf8').replaceAll(from, to) }) : sent

/** The same call with another id, time or body, signed with the secrets with which it was signed before. */
export const signed = (
  sent: Sent,
  change: { id?: string; timestamp?: string; body?: string },
  secrets: readonly string[] = signersOf(sent),
): Sent => {
  const { 'webhook-id': wasId = '', 'webhook-timestamp': wasAt = '' } = sent.headers
  const { id = wasId, timestamp = wasAt, body = sent.body.toString('utf8') } = change
  const signature = secrets.map((secret) => signatureOf(secret, { id, timestamp, body })).join(' ')
  const headers = { ...sent.headers, 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature }
  return { ...sent, headers, body: Buffer.from(body) }
}

const signersOf = ({ way, headers, body }: Sent) => {
  const { 'webhook-id': id = '', 'webhook-timestamp': timestamp = '', 'webhook-signature': signature = '' } = headers
  return way.secrets.filter((secret) => isSignedWith(secret, { id, timestamp, body }, signature))
}

/** The same event to another webhook, signed as that one's. */
export const copied = (sent: Sent, way: Way): Sent => ({ ...signed(sent, {}, way.secrets.slice(0, 1)), way })
