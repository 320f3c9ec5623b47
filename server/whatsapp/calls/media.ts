/** Asks the account's phone to upload a file again that WhatsApp's media host no longer has. */
import type { MessageKey } from '../../model/message.ts'
import { MediaFailure } from '../../ports/whatsapp/media.ts'
import type { Baileys, BaileysEventMap, WASocket } from '../library.ts'

type Updates = BaileysEventMap['messages.media-update']

/**
 * Not the library's own function, which waits for the answer without an end.
 * @param signal ends the wait
 * @returns where the file is now
 * @throws MediaFailure `gone` when the phone does not have it or does not say where it is · the signal's reason
 */
export const askForFile = async (
  { ev, sendNode, authState }: Pick<WASocket, 'ev' | 'sendNode' | 'authState'>,
  { encryptMediaRetryRequest, decryptMediaRetryData }: Baileys,
  { key, mediaKey }: { key: MessageKey; mediaKey: Uint8Array },
  signal: AbortSignal,
): Promise<string> => {
  const { promise: answered, resolve, reject } = Promise.withResolvers<Updates[number]>()
  const onUpdates = (updates: Updates) => {
    const found = updates.find(({ key: { id } }) => id === key.id)
    if (found !== undefined) resolve(found)
  }
  const onAbort = () => reject(signal.reason)
  ev.on('messages.media-update', onUpdates)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    signal.throwIfAborted()
    const { chat: remoteJid, id, fromMe, sender: participant } = key
    const asked = { remoteJid, id, fromMe, ...(remoteJid.endsWith('@g.us') && participant && { participant }) }
    await sendNode(encryptMediaRetryRequest(asked, mediaKey, authState.creds.me?.id ?? ''))
    const { media, error } = await answered
    if (media === undefined) throw new MediaFailure('gone', 'the phone does not have it', { cause: error })
    return directPathIn(() => decryptMediaRetryData(media, mediaKey, id))
  } finally {
    answered.catch(() => {})
    ev.off('messages.media-update', onUpdates)
    signal.removeEventListener('abort', onAbort)
  }
}

/** `result` 1 is success. */
const directPathIn = (open: () => { result?: number | null; directPath?: string | null }): string => {
  let answer: ReturnType<typeof open>
  try {
    answer = open()
  } catch (error) {
    throw new MediaFailure('gone', "the phone's answer cannot be decrypted", { cause: error })
  }
  if (answer.result !== 1 || !answer.directPath) throw new MediaFailure('gone', 'the phone cannot upload it')
  return answer.directPath
}
