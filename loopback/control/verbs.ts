import { type ChatModification, proto } from '@whiskeysockets/baileys'
import { isIq, MEDIA_FAULTS, type MediaFault } from '../faults.ts'
import type { Loopback } from '../loopback.ts'
import type { LoopbackEvents } from '../network-events.ts'
import type { Account } from '../people/account.ts'
import type { Companion } from '../people/companion.ts'
import type { History, HistoryChat, HistoryMessage } from '../people/history.ts'
import type { SealedTarget, SendOptions } from '../people/phone.ts'
import { bare, isGroup, isLid } from '../wire/jids.ts'
import { node } from '../wire/nodes.ts'
import { BadRequest, type Fields } from './fields.ts'

/** One operation of the control port. @returns the JSON answer */
export type Verb = (wa: Loopback, fields: Fields) => unknown

const STATES = ['composing', 'recording', 'paused'] as const
const EVENTS = [
  'chatstate',
  'message',
  'receipt',
  'paired',
  'unpaired',
  'online',
  'offline',
  'presence',
  'download',
  'unhandled',
] as const
const HISTORY_TYPES = ['initial', 'recent', 'push-names', 'full'] as const
const LONGEST_WAIT_MS = 60_000

/** By method and path. For GET the fields come from the query, as texts. */
export const verbs: Record<string, Verb> = {
  'GET /accounts': (wa) => wa.accounts().map(accountView),
  'POST /accounts': (wa, fields) => {
    const lid = fields.optionalText('lid')
    const name = fields.optionalText('name')
    const options = { pn: fields.text('pn'), ...(lid !== undefined && { lid }), ...(name !== undefined && { name }) }
    return accountView(wa.account(options))
  },
  'POST /groups': (wa, fields) => {
    const members = fields.texts('members').map((pn) => wa.account({ pn }))
    const group = wa.group({
      subject: fields.text('subject'),
      members,
      byLid: fields.choice('by', ['lid', 'pn']) === 'lid',
    })
    return { jid: group.jid }
  },
  'POST /scan': async (wa, fields) => {
    const letIn = fields.choice('then', ['restart', 'letIn']) === 'letIn'
    const companion = await wa.account({ pn: fields.text('pn') }).phone.scanQR(fields.text('qr'), { letIn })
    return { companion: companion.jid }
  },
  'POST /code': async (wa, fields) => {
    const companion = await wa.account({ pn: fields.text('pn') }).phone.enterCode(fields.text('code'))
    return { companion: companion.jid }
  },
  'POST /messages': async (wa, fields) => {
    const content = contentOf(fields)
    return { id: await sender(wa, fields).phone.send(receiver(wa, fields), content, sendOptions(fields)) }
  },
  'POST /edits': async (wa, fields) => {
    const { phone } = sender(wa, fields)
    return {
      id: await phone.edit(receiver(wa, fields), fields.text('messageId'), fields.text('text'), sendOptions(fields)),
    }
  },
  'POST /sealed': async (wa, fields) => {
    const { phone } = sender(wa, fields)
    const [to, target, options] = [receiver(wa, fields), sealedTarget(fields), sendOptions(fields)]
    switch (fields.choice('what', ['edit', 'reaction', 'comment', 'event-answer'])) {
      case 'edit':
        return { id: await phone.editSealed(to, target, contentOf(fields), options) }
      case 'reaction':
        return { id: await phone.reactSealed(to, target, fields.optionalText('emoji') ?? '', options) }
      case 'comment':
        return { id: await phone.comment(to, target, contentOf(fields), options) }
      default:
        return { id: await phone.answerEvent(to, target, fields.number('response'), options) }
    }
  },
  'POST /revokes': async (wa, fields) => {
    const { phone } = sender(wa, fields)
    return { id: await phone.revoke(receiver(wa, fields), fields.text('messageId'), sendOptions(fields)) }
  },
  'POST /reactions': async (wa, fields) => {
    const message = { id: fields.text('messageId'), fromMe: fields.flag('fromMe') }
    const emoji = fields.optionalText('emoji') ?? ''
    return { id: await sender(wa, fields).phone.react(receiver(wa, fields), message, emoji, sendOptions(fields)) }
  },
  'POST /receipts': (wa, fields) => {
    const type = fields.choice('type', ['read', 'played', 'delivery'])
    sender(wa, fields).phone.sendReceipt(receiver(wa, fields), fields.texts('messageIds'), type)
    return {}
  },
  'POST /retries': (wa, fields) => {
    sender(wa, fields).phone.askAgain(
      receiver(wa, fields),
      fields.text('messageId'),
      fields.optionalNumber('count') ?? 1,
    )
    return {}
  },
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
  'POST /chatstates': (wa, fields) => {
    sender(wa, fields).phone.showChatstate(receiver(wa, fields), fields.choice('state', STATES))
    return {}
  },
  'GET /chatstates': (wa) => wa.chatstates,
  'GET /stats': (wa) => wa.stats,
  'GET /unhandled': (wa) => wa.unhandled,
  'GET /ledger': (wa, fields) => {
    const companion = fields.optionalText('companion')
    const messageId = fields.optionalText('messageId')
    return wa.ledger.entries.filter(
      (entry) =>
        (companion === undefined || entry.companion === companion) &&
        (messageId === undefined || entry.messageId === messageId),
    )
  },
  'GET /next': nextEvent,
  'POST /faults': (wa, fields) => {
    startFault(wa, fields)
    return {}
  },
  'DELETE /faults': (wa) => {
    wa.faults.clear()
    return {}
  },
}

/** The next event of a type, of an account if one is named; waits for it. */
async function nextEvent(wa: Loopback, fields: Fields): Promise<unknown> {
  const type: keyof LoopbackEvents = fields.choice('type', EVENTS)
  const companion = fields.optionalText('companion')
  const timeoutMs = Number(fields.optionalText('timeoutMs') ?? 5_000)
  if (!(timeoutMs >= 0 && timeoutMs <= LONGEST_WAIT_MS))
    throw new BadRequest(`timeoutMs must be 0 to ${LONGEST_WAIT_MS}`)
  const fits = (event: object) => companion === undefined || ('companion' in event && event.companion === companion)
  return wa.next(type, fits, timeoutMs)
}

function startFault(wa: Loopback, fields: Fields): void {
  const times = fields.optionalNumber('times')
  switch (fields.text('fault')) {
    case 'refuseUpgrades':
      wa.faults.refuseUpgrades(fields.choice('how', ['close', 'keep-open', 'silent']), times)
      return
    case 'iq': {
      const delayMs = fields.optionalNumber('delayMs')
      const action = delayMs === undefined ? 'ignore' : { delayMs }
      wa.faults.onIq(isIq(fields.text('xmlns'), fields.optionalText('tag')), action, times)
      return
    }
    case 'media':
      wa.faults.onMedia(() => true, mediaFault(fields), times)
      return
    case 'message': {
      const to = fields.optionalText('to')
      wa.faults.onMessage(
        ({ attrs }) => to === undefined || attrs.to === to,
        fields.optionalNumber('code') ?? 'ignore',
        times,
      )
      return
    }
    default:
      for (const companion of companionsOf(wa, fields)) startCompanionFault(companion, fields)
  }
}

function mediaFault(fields: Fields): MediaFault {
  const redirect = fields.optionalText('redirect')
  const status = fields.optionalNumber('status')
  return redirect === undefined ? (status ?? fields.choice('how', MEDIA_FAULTS)) : { redirect }
}

function startCompanionFault(companion: Companion, fields: Fields): void {
  switch (fields.text('fault')) {
    case 'streamError': {
      const code = fields.optionalText('code')
      const conflict = fields.optionalText('conflict')
      companion.streamError(
        { ...(code !== undefined && { code }) },
        conflict === undefined ? undefined : node('conflict', { type: conflict }),
      )
      return
    }
    case 'fail':
      companion.fail(fields.number('reason'))
      return
    case 'failNextLogin':
      companion.failNextLogin(fields.number('reason'))
      return
    case 'drop':
      companion.drop()
      return
    case 'closeSocket':
      companion.closeSocket()
      return
    case 'endStream':
      companion.endStream()
      return
    case 'silence':
      companion.silence()
      return
    case 'unlink':
      companion.unlink()
      return
    default:
      throw new BadRequest(`no fault is called ${fields.text('fault')}`)
  }
}

/** The named companion, or all companions of the named account. */
function companionsOf(wa: Loopback, fields: Fields): Companion[] {
  const jid = fields.optionalText('companion')
  const all = wa.accounts().flatMap((account) => [...account.companions.values()])
  const found =
    jid === undefined
      ? [...wa.account({ pn: fields.text('pn') }).companions.values()]
      : all.filter((companion) => companion.jid === jid || companion.lid === jid)
  if (found.length === 0) throw new Error('no such companion is linked')
  return found
}

function sender(wa: Loopback, fields: Fields): Account {
  const name = fields.optionalText('name')
  return wa.account({ pn: fields.text('from'), ...(name !== undefined && { name }) })
}

/** The address as given. Accounts are created for phone numbers; LIDs and groups must exist. */
function receiver(wa: Loopback, fields: Fields): string {
  const to = fields.text('to')
  if (!isGroup(to) && !isLid(to)) return wa.account({ pn: to }).pn
  if (isLid(to) && !wa.accounts().some(({ lid }) => lid === bare(to))) throw new BadRequest(`${to} is no account`)
  return to
}

/** Creates accounts for phone numbers. */
function chatOf(wa: Loopback, jid: string): string {
  return isGroup(jid) || isLid(jid) ? jid : wa.account({ pn: jid }).pn
}

function contentOf(fields: Fields): string | proto.IMessage {
  const content = fields.textOrObject('content')
  return typeof content === 'string' ? content : proto.Message.fromObject(content)
}

/** `secret` as hexadecimal digits. */
function sealedTarget(fields: Fields): SealedTarget {
  const [participant, author, by] = ['participant', 'author', 'sender'].map((name) => fields.optionalText(name))
  return {
    id: fields.text('messageId'),
    fromMe: fields.flag('fromMe'),
    secret: Buffer.from(fields.text('secret'), 'hex'),
    ...(participant !== undefined && { participant }),
    ...(author !== undefined && { author }),
    ...(by !== undefined && { sender: by }),
  }
}

function sendOptions(fields: Fields): SendOptions {
  const id = fields.optionalText('id')
  const at = fields.optionalNumber('at')
  return {
    ...(id !== undefined && { id }),
    ...(at !== undefined && { at }),
    corrupt: fields.flag('corrupt'),
    plain: fields.flag('plain'),
  }
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

function accountView({ pn, lid, name, companions }: Account) {
  const linked = [...companions.values()].map((companion) => ({
    jid: companion.jid,
    lid: companion.lid,
    online: companion.isOnline,
    unacknowledged: companion.queue.size,
  }))
  return { pn, lid, name, companions: linked }
}
