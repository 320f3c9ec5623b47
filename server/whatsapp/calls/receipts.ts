import type { MessageRef } from '../../ports/whatsapp/calls.ts'
import type { WASocket } from '../library.ts'

/** Resolves when they were written to WhatsApp's socket. */
export const sendReadReceipts = (socket: Pick<WASocket, 'readMessages'>, messages: MessageRef[]): Promise<void> =>
  socket.readMessages(
    messages.map(({ chat, id, participant }) => ({
      remoteJid: chat,
      id,
      fromMe: false,
      ...(participant !== undefined && { participant }),
    })),
  )
