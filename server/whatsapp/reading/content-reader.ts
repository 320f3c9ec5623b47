import type { ContentReader } from '../../ports/whatsapp/content.ts'
import type { Baileys } from '../library.ts'
import { contentOf } from './message-content.ts'
import { unwrap } from './message-envelopes.ts'

/** @param load the library, when there is something to read for the first time */
export const createContentReader = (load: () => Promise<Pick<Baileys, 'proto'>>): ContentReader => ({
  async contentOf(raw, { timestamp, own }) {
    const { proto } = await load()
    try {
      const content = unwrap(proto.Message.decode(raw))
      return content && contentOf(content, { from: timestamp, isMe: (jid) => own.includes(jid) })
    } catch {
      // What cannot be read now cannot be read later either.
      return undefined
    }
  },
})
