/** One attempt to tell a receiver of an event. */
import type { WebhookRow } from '../model/webhook.ts'
import { type Outbound, OutboundFailure } from '../ports/outbound.ts'
import { signatureHeaders } from './signature.ts'

/** Where to, and how it is signed. */
export interface Receiver extends Pick<WebhookRow, 'url' | 'customHeaders'> {
  /** With which it signs at the moment. */
  secrets: readonly string[]
}

/** What is sent. */
export interface Told {
  /** Of the event. */
  id: string
  /** The event as JSON. */
  body: string
}

/** What became of an attempt. */
export interface Outcome {
  /** `delivered`: the answer was 2xx. `gone`: 410. `status`: any other. `unreachable`: none. `refused`: the address may not be called. */
  kind: 'delivered' | 'gone' | 'status' | 'unreachable' | 'refused'
  /** Of the answer; absent = there was none. */
  responseStatus?: number
  /** For people; absent = delivered. */
  error?: string
  /** When the receiver wants to be asked again. */
  retryAfterMs?: number
}

/** @param signal ends it: the outcome is `unreachable` then */
export type SendEvent = (receiver: Receiver, told: Told, signal?: AbortSignal) => Promise<Outcome>

export interface SendParts {
  outbound: Pick<Outbound, 'post'>
  /** Epoch milliseconds. */
  clock: () => number
}

/** How long a receiver may take until it answers. */
const totalMs = 15_000

export const createSendEvent =
  ({ outbound, clock }: SendParts): SendEvent =>
  async ({ url, customHeaders, secrets }, { id, body }, signal) => {
    const own = Object.entries(customHeaders ?? {}).map(([name, value]) => [name.toLowerCase(), value])
    const headers = {
      'user-agent': 'Parley',
      ...Object.fromEntries(own),
      'content-type': 'application/json',
      ...signatureHeaders(secrets, id, clock(), body),
    }
    try {
      const { status, retryAfterMs } = await outbound.post(url, { headers, body, totalMs, ...(signal && { signal }) })
      if (status >= 200 && status <= 299) return { kind: 'delivered', responseStatus: status }
      return {
        kind: status === 410 ? 'gone' : 'status',
        responseStatus: status,
        error:
          status >= 300 && status <= 399
            ? `it redirects, with ${status}: give the address that it leads to`
            : `it answers ${status}`,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      }
    } catch (error) {
      if (!(error instanceof OutboundFailure)) throw error
      return { kind: error.kind === 'refused' ? 'refused' : 'unreachable', error: error.message }
    }
  }

const heldNames = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Whether a header is the gateway's own: HTTP or the signature would not hold otherwise. */
export const isHeldHeader = (name: string): boolean =>
  heldNames.has(name.toLowerCase()) || /^(webhook|proxy)-/i.test(name)
