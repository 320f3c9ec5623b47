/** Shared by the tests of facts: people, and messages as the library emits them. */
import type { proto } from '@whiskeysockets/baileys'
import type { Fact } from '../../model/facts.ts'
import { factsOf } from './from-baileys.ts'
import type { FactEvent } from './reading.ts'

export const me = { jid: '6280000000000@s.whatsapp.net', lid: '11111@lid' }
export const now = 1_800_000_000_000
export const seconds = 1_700_000_000
export const timestamp = seconds * 1_000

export const peer = '6281111111111@s.whatsapp.net'
export const peerLid = '22222@lid'
export const member = '33333@lid'
export const memberPhone = '6283333333333@s.whatsapp.net'
export const group = '120363041234567890@g.us'

export const read = (event: FactEvent, data: unknown) => {
  const unreadable: string[] = []
  const facts = [...factsOf(event, data, { me, now, onUnreadable: ({ id }) => unreadable.push(id) })]
  return { facts, unreadable }
}

/** Facts of one live message in a direct chat. */
export const live = (message: object): Fact[] => read('messages.upsert', { type: 'notify', messages: [message] }).facts

export const incoming = (content: proto.IMessage | null | undefined, more: object = {}) => ({
  key: { remoteJid: peer, fromMe: false, id: 'A1' },
  messageTimestamp: seconds,
  pushName: 'Ada',
  message: content,
  ...more,
})
