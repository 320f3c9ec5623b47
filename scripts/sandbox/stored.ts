/** What of the sandbox has an id only when it is stored: messages, webhooks, deliveries. */
import type { Api } from './api.ts'
import type { Linked } from './link.ts'
import type { Target } from './target.ts'
import { waitFor } from './wait-for.ts'

/** The first message with a picture, as the suite needs it. */
export const pictureIn = async (
  { call }: Api,
  token: string,
  { id, pictures }: Linked,
): Promise<Target['fixtures']['mediaMessage']> => {
  const [picture] = pictures
  if (picture === undefined) throw new Error('no message has a picture')
  const { chat, sha256, size } = picture
  const { data } = await call<{ data: Listed[] }>(token, 'GET', `/sessions/${id}/chats/${chat}/messages?limit=200`)
  const found = data.find(({ waMessageId }) => waMessageId === picture.id)
  if (found === undefined) throw new Error('the message with a picture is not stored')
  return { id: found.id, sha256, size }
}

/** Which message of a session is looked for. */
export interface Wanted {
  /** Index of its chat among those of the seed; absent = the first. */
  chat?: number
  /** Absent = any message. */
  isIt?: (message: Listed) => boolean
}

/** The newest message of a chat, or the newest of a kind. */
export const newestIn = async (
  { call }: Api,
  token: string,
  { id, seed }: Linked,
  { chat = 0, isIt = () => true }: Wanted = {},
): Promise<{ id: string }> => {
  const path = `/sessions/${id}/chats/${seed.chats[chat]?.jid}/messages`
  const { data } = await call<{ data: Listed[] }>(token, 'GET', path)
  const newest = data.find(isIt)
  if (newest === undefined) throw new Error(`chat ${chat} of ${seed.name} lacks such a message`)
  return { id: newest.id }
}

interface Listed {
  id: string
  waMessageId: string
  fromMe: boolean
  type: string
}

/** @returns the id of a new webhook */
export const addWebhook = async ({ call }: Api, token: string, url: string): Promise<string> =>
  (await call<{ id: string }>(token, 'POST', '/webhooks', { url })).id

/** A webhook to which nothing more is sent, and its newest delivery. */
export interface SettledWebhook {
  webhook: { id: string }
  delivery: { id: string }
}

const fewestDeliveries = 3

/** Switches a webhook off once it has some deliveries. */
export const settledWebhook = async ({ call }: Api, token: string, id: string): Promise<SettledWebhook> => {
  const delivery = await waitFor(`webhook ${id} to have deliveries`, async () => {
    const path = `/webhooks/${id}/deliveries?status=delivered`
    const { data } = await call<{ data: { id: string }[] }>(token, 'GET', path)
    return data.length >= fewestDeliveries ? data[0] : undefined
  })
  await call(token, 'PATCH', `/webhooks/${id}`, { active: false })
  return { webhook: { id }, delivery: { id: delivery.id } }
}
