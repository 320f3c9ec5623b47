import { type ChatModification, proto } from '@whiskeysockets/baileys'
import type { Loopback } from '../../loopback.ts'
import type { History, HistoryChat, HistoryMessage } from '../../people/history.ts'
import type { Fields } from '../fields.ts'
import { chatOf, contentOf } from '../people.ts'
import type { Verbs } from '../verb.ts'

const HISTORY_TYPES = ['initial', 'recent', 'push-names', 'full'] as const

/** What the own phone shares with its companions: history and settings. */
export const historyVerbs: Verbs = {
  'POST /history': async (wa, fields) => {
    const { phone } = wa.account({ pn: fields.text('pn') })
    await phone.sendHistory(historyOf(wa, fields), undefined, { blob: fields.flag('blob') })
    return {}
  },
  'POST /settings': async (wa, fields) => {
    const { pn, phone } = wa.account({ pn: fields.text('pn') })
    const to = fields.optionalText('chat')
    const change = fields.object('change') ?? {}
    await phone.changeSetting(to === undefined ? pn : chatOf(wa, to), change as ChatModification, {
      blob: fields.flag('blob'),
    })
    return {}
  },
  'POST /settings-keys': async (wa, fields) => {
    await wa.account({ pn: fields.text('pn') }).phone.shareSettingsKey()
    return {}
  },
}

function historyOf(wa: Loopback, fields: Fields): History {
  const progress = fields.optionalNumber('progress')
  const chunkOrder = fields.optionalNumber('chunkOrder')
  const names = Object.entries(fields.object('pushNames') ?? {}).map(([jid, name]) => [jid, String(name)])
  return {
    type: fields.choice('type', HISTORY_TYPES),
    chats: fields.list('chats').map((chat) => historyChat(wa, chat)),
    pushNames: Object.fromEntries(names),
    ...(progress !== undefined && { progress }),
    ...(chunkOrder !== undefined && { chunkOrder }),
  }
}

function historyChat(wa: Loopback, fields: Fields): HistoryChat {
  const jid = fields.text('jid')
  const name = fields.optionalText('name')
  const at = fields.optionalNumber('at')
  const extra = fields.object('extra')
  return {
    jid: chatOf(wa, jid),
    ...(name !== undefined && { name }),
    ...(at !== undefined && { at }),
    ...(extra && { extra: proto.Conversation.fromObject(extra) }),
    unreadCount: fields.optionalNumber('unreadCount') ?? 0,
    messages: fields.list('messages').map(historyMessage),
  }
}

function historyMessage(fields: Fields): HistoryMessage {
  const id = fields.optionalText('id')
  const participant = fields.optionalText('participant')
  const pushName = fields.optionalText('pushName')
  const status = fields.optionalNumber('status')
  return {
    at: fields.number('at'),
    fromMe: fields.flag('fromMe'),
    content: contentOf(fields),
    ...(id !== undefined && { id }),
    ...(participant !== undefined && { participant }),
    ...(pushName !== undefined && { pushName }),
    ...(status !== undefined && { status }),
  }
}
