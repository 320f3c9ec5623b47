/** Keeps what is known of groups for sending true: their members, and who has the key with which the account encrypts for them. */
import type { GroupKeys } from '../calls/group-keys.ts'
import type { GroupMembers } from '../calls/group-members.ts'
import type { BinaryNode, WASocket } from '../library.ts'

export interface Groups {
  members: GroupMembers
  keys: GroupKeys
}

/** @param onFailure called when the key of a group could not be replaced */
export const followGroups = (
  socket: Pick<WASocket, 'ws' | 'authState' | 'signalRepository'>,
  { members, keys }: Groups,
  onFailure: (error: unknown) => void,
): void => {
  socket.ws.on('CB:notification,type:w:gp2', ({ attrs: { from }, content }: BinaryNode) => {
    if (from === undefined) return
    members.forget(from)
    const isSmaller = Array.isArray(content) && content.some(({ tag }) => tag === 'remove' || tag === 'leave')
    if (isSmaller) renewKey(socket, keys, from).catch(onFailure)
  })
  socket.ws.on('CB:ack,class:message', ({ attrs: { id, from, error, phash } }: BinaryNode) => {
    if (id !== undefined) keys.answered(id, error !== undefined)
    // A `phash` says that WhatsApp has other members or devices than the message was encrypted for.
    if (from !== undefined && (error !== undefined || phash !== undefined)) members.forget(from)
  })
}

/** The next message is encrypted with a new key, which those who have left do not get. */
const renewKey = async (
  { authState, signalRepository }: Pick<WASocket, 'authState' | 'signalRepository'>,
  keys: GroupKeys,
  group: string,
): Promise<void> => {
  const { me } = authState.creds
  if (me === undefined) return
  const own = [me.id, me.lid].filter((jid) => jid !== undefined)
  const names = own.map((jid) => `${group}::${signalRepository.jidToSignalProtocolAddress(jid).replace('.', '::')}`)
  // In the library's lock, so that no message in the making stores the former key again.
  await authState.keys.transaction(async () => {
    keys.forget(group)
    await authState.keys.set({
      'sender-key': Object.fromEntries(names.map((name) => [name, null])),
      'sender-key-memory': { [group]: null },
    })
  }, me.id)
}
