import type { Jid } from '../../model/jid.ts'
import { labelOf } from '../../model/text.ts'
import type { WASocket } from '../library.ts'

/** Undefined when it has none. @throws when WhatsApp refuses, as it does to who is no member */
export const groupName = async (socket: Pick<WASocket, 'groupMetadata'>, jid: Jid): Promise<string | undefined> =>
  labelOf((await socket.groupMetadata(jid)).subject)
