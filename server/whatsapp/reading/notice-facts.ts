/** Reads what WhatsApp tells of groups, calls and channels, from its own stanzas: the library passes on the first child of each alone. */
import type { Fact, Notice, NoticeFact } from '../../model/facts.ts'
import { bareJid, isGroup, isPhone, type Jid } from '../../model/jid.ts'
import { labelOf, textOf } from '../../model/text.ts'
import type { BinaryNode } from '../library.ts'
import { aliasFacts, idOf } from './addresses.ts'
import { millisOf } from './plain.ts'
import type { Reading } from './reading.ts'

/** The notices of a `notification` or `call` stanza, after the aliases that it names; none for what is no notice. */
export const noticeFacts = (stanza: BinaryNode, reading: Reading): Fact[] => {
  if (stanza.tag === 'call') return callFacts(stanza, reading)
  if (stanza.attrs.type === 'mex') return newsletterFacts(stanza)
  return groupFacts(stanza, reading)
}

const mostMembers = 2_048
const mostText = 4_096
const mostMexBytes = 65_536

const childrenOf = ({ content }: BinaryNode): BinaryNode[] => (Array.isArray(content) ? content : [])

const bytesOf = ({ content }: BinaryNode): string | undefined =>
  typeof content === 'string' || content instanceof Uint8Array ? Buffer.from(content).toString('utf8') : undefined

/** Of a person who is named in two forms, the phone's. */
const personOf = (jid: unknown, phone: unknown): Jid | undefined => {
  const pn = bareJid(phone)
  return pn !== undefined && isPhone(pn) ? pn : bareJid(jid)
}

const groupFacts = (stanza: BinaryNode, reading: Reading): Fact[] => {
  const { from, id, participant, participant_pn, t } = stanza.attrs
  const group = bareJid(from)
  if (group === undefined || !isGroup(group) || idOf(id) === undefined) return []
  const sender = personOf(participant, participant_pn)
  const about = { timestamp: millisOf(t) ?? reading.now, ...(sender !== undefined && { sender }) }
  return [
    ...aliasFacts(participant, participant_pn, reading),
    ...childrenOf(stanza).flatMap((child, n): Fact[] => [
      ...aliasesIn(child, reading),
      ...noticesIn(group, child, about).map(
        (notice): NoticeFact => ({ kind: 'notice', ...notice, chat: group, key: `${group} ${id} ${n}` }),
      ),
    ]),
  ]
}

interface About {
  timestamp: number
  sender?: Jid
}

const noticesIn = (groupJid: Jid, child: BinaryNode, about: About): Notice[] => {
  const { tag, attrs } = child
  const group = changeOf(child)
  if (group !== undefined) return [{ event: 'group.update', payload: { group: { jid: groupJid, ...group, ...about } } }]
  const action = attrs.reason === 'invite' && tag === 'add' ? 'join' : actions[tag]
  const jids = membersOf(child)
  if (action !== undefined && jids.length > 0)
    return [{ event: 'group.participant', payload: { participants: { groupJid, action, jids, ...about } } }]
  const asked = requests[tag]
  const { timestamp, sender } = about
  if (asked === undefined) return []
  const who = jids.length > 0 ? jids : [sender].filter((jid) => jid !== undefined)
  return who.map((jid) => ({
    event: 'group.join_request',
    payload: { joinRequest: { groupJid, jid, action: asked, timestamp } },
  }))
}

const actions: { readonly [tag: string]: 'join' | 'leave' | 'promote' | 'demote' | undefined } = {
  add: 'join',
  remove: 'leave',
  leave: 'leave',
  promote: 'promote',
  demote: 'demote',
}

const requests: { readonly [tag: string]: 'created' | 'revoked' | undefined } = {
  created_membership_requests: 'created',
  membership_approval_request: 'created',
  revoked_membership_requests: 'revoked',
}

const membersOf = (child: BinaryNode): Jid[] =>
  childrenOf(child)
    .filter(({ tag }) => tag === 'participant')
    .slice(0, mostMembers)
    .flatMap(({ attrs }) => personOf(attrs.jid, attrs.phone_number) ?? [])

const aliasesIn = (child: BinaryNode, reading: Reading): Fact[] =>
  childrenOf(child)
    .filter(({ tag }) => tag === 'participant')
    .slice(0, mostMembers)
    .flatMap(({ attrs }) => aliasFacts(attrs.jid, attrs.phone_number ?? attrs.lid, reading))

/** What a child says of the group itself. */
const changeOf = (child: BinaryNode) => {
  const { attrs } = child
  switch (child.tag) {
    case 'subject': {
      const subject = labelOf(attrs.subject)
      return subject === undefined ? undefined : { subject }
    }
    case 'description': {
      const body = childrenOf(child).find(({ tag }) => tag === 'body')
      return { description: (body && textOf(bytesOf(body), mostText)) ?? '' }
    }
    case 'announcement':
    case 'not_announcement':
      return { isAnnounce: child.tag === 'announcement' }
    case 'locked':
    case 'unlocked':
      return { isLocked: child.tag === 'locked' }
    case 'invite': {
      const code = /^[\w-]{1,64}$/.exec(String(attrs.code))?.[0]
      return code === undefined ? undefined : { newInviteLink: `https://chat.whatsapp.com/${code}` }
    }
    case 'delete':
      return { isDeleted: true }
    default:
      return undefined
  }
}

/** For so long a call rings. */
const ringsMs = 45_000

const callFacts = (stanza: BinaryNode, reading: Reading): Fact[] => {
  const offer = childrenOf(stanza).find(({ tag }) => tag === 'offer' || tag === 'offer_notice')
  if (offer === undefined) return []
  const timestamp = millisOf(stanza.attrs.t) ?? reading.now
  // It waits since before the account was connected.
  if (stanza.attrs.offline !== undefined && timestamp < reading.now - ringsMs) return []
  const { attrs } = offer
  const id = idOf(attrs['call-id'])
  const caller = attrs['call-creator'] ?? stanza.attrs.from
  const from = personOf(caller, attrs.caller_pn)
  if (id === undefined || from === undefined) return []
  const groupJid = bareJid(attrs['group-jid'])
  const isVideo = attrs.media === 'video' || childrenOf(offer).some(({ tag }) => tag === 'video')
  const isGroup = groupJid !== undefined || attrs.type === 'group'
  return [
    ...aliasFacts(caller, attrs.caller_pn, reading),
    {
      kind: 'notice',
      event: 'call.incoming',
      payload: { call: { id, from, ...(groupJid !== undefined && { groupJid }), isVideo, isGroup, timestamp } },
      chat: groupJid ?? from,
      key: `call ${id}`,
    },
  ]
}

const newsletterFacts = (stanza: BinaryNode): Fact[] =>
  childrenOf(stanza)
    .filter(({ tag }) => tag === 'update')
    .flatMap((update, n): Fact[] => {
      const said = bytesOf(update)
      if (said === undefined || said.length > mostMexBytes || idOf(stanza.attrs.id) === undefined) return []
      const { data } = JSON.parse(said) as { data?: Record<string, { id?: unknown; mute?: unknown } | null> }
      return Object.entries(data ?? {}).flatMap(([name, value]): Fact[] => {
        const jid = bareJid(value?.id)
        const action = name.endsWith('_mute_change') ? muteOf(value?.mute) : memberships[name]
        if (jid === undefined || !jid.endsWith('@newsletter') || action === undefined) return []
        const key = `mex ${stanza.attrs.id} ${n}`
        return [
          { kind: 'notice', event: 'newsletter.update', payload: { newsletter: { jid, action } }, chat: jid, key },
        ]
      })
    })

const memberships: { readonly [name: string]: 'join' | 'leave' | undefined } = {
  xwa2_notify_newsletter_on_join: 'join',
  xwa2_notify_newsletter_on_leave: 'leave',
}

const muteOf = (value: unknown): 'mute' | 'unmute' | undefined =>
  value === 'ON' ? 'mute' : value === 'OFF' ? 'unmute' : undefined
