/** Breaks of what is promised of chats, sessions and their lists in prose. */
import type { Break, Entry } from './prose-break.ts'

/** The entries of a list, changed. */
const entries = (change: (data: Entry[]) => Entry[]) => (list: Entry) => ({
  ...list,
  data: change(list.data as Entry[]),
})

export const ofChats: readonly Break[] = [
  {
    name: 'type-of-another-jid',
    of: 'Chat',
    fault: 'calls the chat with a person a group',
    because: 'type is group, and jid is',
    spoil: (it) => ({ ...it, type: it.type === 'group' ? 'dm' : 'group', ...(it.type === 'group' && { jid: it.jid }) }),
  },
  {
    name: 'status-as-broadcast',
    of: 'Chat',
    fault: 'calls status updates a broadcast list',
    because: 'type is broadcast, and jid is status@broadcast',
    spoil: ({ aliases: _aliases, ...it }) => ({ ...it, type: 'broadcast', jid: 'status@broadcast' }),
  },
  {
    name: 'jid-as-alias',
    of: 'Chat',
    fault: 'lists the JID of a chat among its other JIDs',
    because: 'aliases has the jid itself',
    spoil: (it) => ({ ...it, aliases: [it.jid] }),
  },
  {
    name: 'alias-twice',
    of: 'Chat',
    fault: 'lists another JID of a chat twice',
    because: 'aliases has 100000000000009@lid twice',
    spoil: (it) => ({ ...it, aliases: ['100000000000009@lid', '100000000000009@lid'] }),
  },
  {
    name: 'muted-in-the-past',
    of: 'Chat',
    fault: 'shows a mute that is over',
    because: 'mutedUntil is 1700000000000, and that is over',
    spoil: (it) => ({ ...it, mutedUntil: 1_700_000_000_000 }),
  },
]

const strangeId = (id: unknown) => String(id).replace(/.$/, (last) => (last === '0' ? '1' : '0'))

export const ofSessions: readonly Break[] = [
  {
    name: 'number-without-jid',
    of: 'Session',
    fault: 'shows the number of a session without its JID',
    because: /phoneNumber is \d+, and waJid is absent/,
    spoil: ({ waJid: _jid, ...it }) => ({ ...it, phoneNumber: '6281234567890' }),
  },
  {
    name: 'jid-of-another-number',
    of: 'Session',
    fault: 'shows the JID of another number than that of the session',
    because: 'phoneNumber is 6281234567890, and waJid is 6281234567891@s.whatsapp.net',
    spoil: (it) => ({ ...it, phoneNumber: '6281234567890', waJid: '6281234567891@s.whatsapp.net' }),
  },
  {
    name: 'changed-before-it-was-created',
    of: 'Session',
    fault: 'has changed a session before it was created',
    because: 'before it was created',
    spoil: (it) => ({ ...it, updatedAt: Number(it.createdAt) - 1 }),
  },
  {
    name: 'connected-before-it-was-created',
    of: 'Session',
    fault: 'has connected a session before it was created',
    because: 'before it was created',
    spoil: (it) => ({ ...it, lastConnectedAt: Number(it.createdAt) - 1 }),
  },
  {
    name: 'working-and-never-connected',
    of: 'Session',
    fault: 'calls a session working that has never connected',
    because: 'it is working, and lastConnectedAt is absent',
    spoil: ({ lastConnectedAt: _at, ...it }) => ({ ...it, status: 'working', ...paired }),
  },
  {
    name: 'working-and-not-paired',
    of: 'Session',
    fault: 'calls a session working that has no number',
    because: 'it is working, and phoneNumber is absent',
    spoil: ({ phoneNumber: _number, waJid: _jid, ...it }) => ({
      ...it,
      status: 'working',
      lastConnectedAt: it.createdAt,
    }),
  },
  {
    name: 'another-session',
    named: true,
    of: 'Session',
    fault: 'answers with another id than that of the session that was asked for',
    because: /id is \w+, and \w+ was asked for/,
    spoil: (it) => ({ ...it, id: strangeId(it.id) }),
  },
  {
    name: 'connected-and-not-working',
    of: 'Me',
    fault: 'says that a session is connected whose status is another',
    because: /connected is \w+, and status is/,
    spoil: (it) => ({ ...it, connected: !it.connected }),
  },
  {
    name: 'account-of-another-number',
    of: 'Me',
    fault: 'shows the JID of another number in the account of a session',
    because: 'phoneNumber is 6281234567890, and waJid is 6281234567891@s.whatsapp.net',
    spoil: (it) => ({ ...it, phoneNumber: '6281234567890', waJid: '6281234567891@s.whatsapp.net' }),
  },
  {
    name: 'account-of-another-session',
    named: true,
    of: 'Me',
    fault: 'names another session in an account than the one that was asked for',
    because: /sessionId is \w+, and \w+ was asked for/,
    spoil: (it) => ({ ...it, sessionId: strangeId(it.sessionId) }),
  },
]

const paired = { phoneNumber: '6281234567890', waJid: '6281234567890@s.whatsapp.net' }

export const ofLists: readonly Break[] = [
  {
    name: 'chat-under-each-jid',
    of: 'ChatList',
    fault: 'shows a person with two JIDs as two chats',
    because: 'is a name of two chats',
    spoil: entries((data) => [{ ...data[0], aliases: [data[1]?.jid] }, ...data.slice(1)]),
  },
  {
    name: 'alias-of-two-chats',
    of: 'ChatList',
    fault: 'gives two chats the same other JID',
    because: 'is a name of two chats',
    spoil: entries((data) => data.map((chat) => ({ ...chat, aliases: ['100000000000009@lid'] }))),
  },
]
