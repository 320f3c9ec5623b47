/** A program that receives what a webhook is sent, and notes all of it. */
import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface Delivered {
  /** Of the event, from the header. */
  id: string
  event: string
  position: number
  /** The chat that it is about; absent = about none. */
  chat?: string
  /** WhatsApp's id of the message that it tells of; absent for other events. */
  waMessageId?: string
  /** What the receiver has answered. */
  status: number
}

export interface WebhookReceiver {
  readonly url: string
  /** In the order in which they came; again where they came again. */
  readonly delivered: readonly Delivered[]
  /** How many were not signed with the secret. */
  readonly unsigned: number
  /** With this secret it checks from now on. */
  trust(secret: string): void
  close(): Promise<void>
}

/** @param answer the status of the next answer */
export const startReceiver = async (answer: () => number): Promise<WebhookReceiver> => {
  const delivered: Delivered[] = []
  let secret: string | undefined
  let unsigned = 0
  const server = createServer(async (request, response) => {
    const body = await text(request).catch(() => undefined)
    // The gateway was killed while it sent.
    if (body === undefined || body === '') return void response.destroy()
    if (secret === undefined || !isSigned(request.headers, body, secret)) unsigned += 1
    const status = answer()
    delivered.push({ ...deliveredIn(body), id: String(request.headers['webhook-id']), status })
    response.writeHead(status).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    delivered,
    get unsigned() {
      return unsigned
    },
    trust(next) {
      secret = next
    },
    close: () => closeNow(server),
  }
}

/** Receivers that take a call and never answer it. @returns their address */
export const startSilence = async (): Promise<{ url: string; close(): Promise<void> }> => {
  const server = createServer(() => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => closeNow(server) }
}

const closeNow = (server: ReturnType<typeof createServer>) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

const deliveredIn = (body: string): Omit<Delivered, 'id' | 'status'> => {
  const { event, position, payload } = JSON.parse(body)
  const { waMessageId, chatJid: chat } = payload.message ?? {}
  return { event, position, ...(chat !== undefined && { chat }), ...(waMessageId !== undefined && { waMessageId }) }
}

const isSigned = (headers: IncomingHttpHeaders, body: string, secret: string): boolean => {
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  const mac = createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'))
    .update(signed)
    .digest('base64')
  return String(headers['webhook-signature']).split(' ').includes(`v1,${mac}`)
}
