/**
 * Fetches what a message to a chat needs from WhatsApp: members, devices, keys. The library fetches the same while it holds the only lock of
 * the session; what was fetched before is in its caches by then, so that an answer that does not come delays one chat instead of all.
 */
import { bareJid, isGroup, isLid, type Jid } from '../../model/jid.ts'
import { Refused } from '../../ports/whatsapp/calls.ts'
import { refusalNumber } from '../connection/close-reason.ts'
import type { WASocket } from '../library.ts'
import type { DeviceCache } from './device-cache.ts'
import type { GroupMembers } from './group-members.ts'
import { jidDevice } from './jid-device.ts'

export type KeySocket = Pick<WASocket, 'getUSyncDevices' | 'assertSessions' | 'authState'>

export interface KeySources {
  members: Pick<GroupMembers, 'fetch'>
  devices: Pick<DeviceCache, 'leaveOut'>
}

/** @throws Refused `not_on_whatsapp` when a person has no device, `406` when none has keys; otherwise what the library throws */
export const fetchChatKeys = async (socket: KeySocket, { members, devices }: KeySources, to: Jid): Promise<void> => {
  const people = isGroup(to) ? (await members.fetch(to)).participants.map(({ id }) => id) : [ownAddress(socket, to), to]
  const found = (await socket.getUSyncDevices(people, true, false)).map(({ jid }) => jid)
  const isTheirs = (jid: string) => bareJid(jid) === to
  if (!isGroup(to) && !found.some(isTheirs)) throw new Refused('not_on_whatsapp')
  const known = isGroup(to) ? await knowingKey(socket, to) : new Set<string>()
  const own = [me(socket)?.id, me(socket)?.lid].map((jid) => jid && jidDevice(jid))
  const asked = found.filter((jid) => !known.has(jid) && !own.includes(jidDevice(jid)))
  const keyless = await withoutKeys(socket, asked)
  for (const jid of keyless) devices.leaveOut(jid)
  if (!isGroup(to) && found.filter(isTheirs).every((jid) => keyless.includes(jid))) throw new Refused(noKeys)
}

const noKeys = '406'

/** WhatsApp's refusal for one device makes the library give up all: the others are found by halving. @returns the devices without keys */
const withoutKeys = async (socket: KeySocket, jids: string[]): Promise<string[]> => {
  try {
    await socket.assertSessions(jids)
    return []
  } catch (error) {
    if (String(refusalNumber(error)) !== noKeys) throw error
    if (jids.length === 1) return jids
    const half = Math.ceil(jids.length / 2)
    return [...(await withoutKeys(socket, jids.slice(0, half))), ...(await withoutKeys(socket, jids.slice(half)))]
  }
}

const me = ({ authState }: KeySocket) => authState.creds.me

/** In the same form as the receiver's. */
const ownAddress = (socket: KeySocket, to: Jid): Jid =>
  bareJid(isLid(to) ? (me(socket)?.lid ?? me(socket)?.id) : me(socket)?.id) ?? to

/** The devices that have our key of the group: nothing is encrypted for them alone. */
const knowingKey = async ({ authState }: KeySocket, group: Jid): Promise<Set<string>> => {
  const { [group]: known = {} } = await authState.keys.get('sender-key-memory', [group])
  return new Set(Object.keys(known))
}
