/** The people and contents that fields of a verb name. Phone numbers that have no account get one. */
import { proto } from '@whiskeysockets/baileys'
import type { Loopback } from '../loopback.ts'
import type { Account } from '../people/account.ts'
import { bare, isGroup, isLid } from '../wire/jids.ts'
import { BadRequest, type Fields } from './fields.ts'

export function sender(wa: Loopback, fields: Fields): Account {
  const name = fields.optionalText('name')
  return wa.account({ pn: fields.text('from'), ...(name !== undefined && { name }) })
}

/** The address as given. Accounts are created for phone numbers; LIDs and groups must exist. */
export function receiver(wa: Loopback, fields: Fields): string {
  const to = fields.text('to')
  if (!isGroup(to) && !isLid(to)) return wa.account({ pn: to }).pn
  if (isLid(to) && !wa.accounts().some(({ lid }) => lid === bare(to))) throw new BadRequest(`${to} is no account`)
  return to
}

/** Creates accounts for phone numbers. */
export function chatOf(wa: Loopback, jid: string): string {
  return isGroup(jid) || isLid(jid) ? jid : wa.account({ pn: jid }).pn
}

export function contentOf(fields: Fields): string | proto.IMessage {
  const content = fields.textOrObject('content')
  return typeof content === 'string' ? content : proto.Message.fromObject(content)
}
