import { notFound } from '../model/errors.ts'
import type { Jid } from '../model/jid.ts'
import { quotedBy } from '../model/message.ts'
import type { SessionRow } from '../model/session.ts'
import type { HandlersOf, Schemas } from '../operation.ts'
import type { Store } from '../ports/store/store.ts'
import { type AttachParts, createAttach } from './attach.ts'
import { newForward } from './forwards.ts'
import { createDownload, type MediaParts } from './media.ts'
import type { ChangeOperation } from './message-changes.ts'
import { hasNoFile, newMessage } from './new-message.ts'
import { createSend, type Quoting, type SendingParts } from './sending.ts'
import { createUpload, type UploadParts } from './uploads.ts'

export type MessageParts = SendingParts &
  AttachParts &
  UploadParts &
  MediaParts & { store: Pick<Store, 'findMessageKey'> }

export const messages = (parts: MessageParts): Omit<HandlersOf<'Messages'>, ChangeOperation> => {
  const { store } = parts
  const send = createSend(parts)
  const attach = createAttach(parts)

  /** @throws GatewayError `not_found` */
  const quotedIn = async (session: SessionRow, to: Jid, id: string | undefined): Promise<Quoting | undefined> => {
    if (id === undefined) return undefined
    const [key, found] = await Promise.all([store.findMessageKey(session.id, id), store.getMessage(session.id, id)])
    if (key === undefined || found === undefined) throw notFound('message to quote', '/body/quotedMessageId')
    const { chatJid, type, body }: Schemas['Message'] = JSON.parse(found)
    // In its own chat it is shown from its row, as it is then.
    const isOfChat = to === chatJid || to === key.chat
    return { key, shown: { ...quotedBy(key), ...(!isOfChat && { type, ...(body !== undefined && { body }) }) } }
  }

  return {
    async sendMessage(call) {
      const { session, body } = call
      const quoted = await quotedIn(session, body.to, body.quotedMessageId)
      const make = (expiresAt: number) =>
        hasNoFile(body) ? newMessage(body) : attach(session, body, { expiresAt, signal: call.signal })
      return send(call, body.to, make, quoted)
    },

    forwardMessage: (call) => send(call, call.body.to, () => newForward(call.object)),

    uploadMedia: createUpload(parts),

    async getMessage({ session, path }) {
      const message = await store.getMessage(session.id, path.mid)
      if (message === undefined) throw notFound('message')
      return { status: 200, body: message }
    },

    downloadMedia: createDownload(parts),
  }
}
