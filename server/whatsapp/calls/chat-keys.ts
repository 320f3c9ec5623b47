/**
 * Fetches what a message to a chat needs from WhatsApp: members, devices, keys. The library fetches the same while it holds the only lock of
 * the session; what was fetched before is in its caches by then, so that an answer that does not come delays one chat instead of all.
 */
import { bareJid, isGroup, isLid, type Jid } from '../../model/jid.ts'
import { Refused } from '../../ports/whatsapp/calls.ts'
import type { WASocket } from '../library.ts'
import type { GroupMembers } from './group-members.ts'

export type KeySocket = Pick<WASocket, 'getUSyncDevices' | 'assertSessions' | 'authState'>

/** @throws Refused `not_on_whatsapp` when a person has no device; otherwise what the library throws */
export const fetchChatKeys = async (
  socket: KeySocket,
  members: Pick<GroupMembers, 'fetch'>,
  to: Jid,
): Promise<void> => {
  const people = isGroup(to) ? (await members.fetch(to)).participants.map(({ id }) => id) : [ownAddress(socket, to), to]
  const devices = (await socket.getUSyncDevices(people, true, false)).map(({ jid }) => jid)
  if (!isGroup(to) && !devices.some((jid) => bareJid(jid) === to)) throw new Refused('not_on_whatsapp')
  const known = isGroup(to) ? await knowingKey(socket, to) : new Set([me(socket)?.id, me(socket)?.lid])
  await socket.assertSessions(devices.filter((jid) => !known.has(jid)))
}

const me = ({ authState }: KeySocket) => authState.creds.me

/** In the same form as the receiver's. */
const ownAddress = (socket: KeySocket, to: Jid): Jid =>
  bareJid(isLid(to) ? (me(socket)?.lid ?? me(socket)?.id) : me(socket)?.id) ?? to

/** The devices that have our key of the group: nothing is encrypted for them alone. */
const knowingKey = async ({ authState }: KeySocket, group: Jid): Promise<Set<string | undefined>> => {
  const { [group]: known = {} } = await authState.keys.get('sender-key-memory', [group])
  return new Set(Object.keys(known))
}
