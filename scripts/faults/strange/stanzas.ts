/** Mutates stanzas of WhatsApp's servers: something is missing, added or changed. */
import { type BinaryNode, node } from '../../../loopback/index.ts'
import type { Random } from '../harness/random.ts'

/** @returns the stanza with one change or several, and what they are */
export const altered = (whole: BinaryNode, random: Random): { name: string; stanza: BinaryNode } => {
  let stanza = whole
  const names: string[] = []
  for (let count = random.pick([1, 1, 1, 2, 3]); count > 0; count -= 1) {
    const spots = spotsOf(stanza)
    const spot = random.pick(spots)
    const [name, change] = changeFor(spot, at(stanza, spot), random)
    stanza = replaced(stanza, spot, change)
    names.push(`${spot.length === 0 ? 'itself' : tagsTo(whole, spot)} ${name}`)
  }
  return { name: names.join(' and '), stanza }
}

/** Indices of children, from the outermost on. */
type Spot = readonly number[]

const spotsOf = (stanza: BinaryNode, spot: Spot = []): Spot[] => [
  spot,
  ...(Array.isArray(stanza.content) ? stanza.content.flatMap((child, index) => spotsOf(child, [...spot, index])) : []),
]

const at = (stanza: BinaryNode, [index, ...rest]: Spot): BinaryNode => {
  if (index === undefined || !Array.isArray(stanza.content)) return stanza
  const child = stanza.content[index]
  return child === undefined ? stanza : at(child, rest)
}

const tagsTo = (stanza: BinaryNode, spot: Spot) =>
  spot.map((_, index) => at(stanza, spot.slice(0, index + 1)).tag).join('/')

/** Replaces one by none, one or several. */
type Change = (found: BinaryNode) => BinaryNode[]

const replaced = (stanza: BinaryNode, [index, ...rest]: Spot, change: Change): BinaryNode => {
  if (index === undefined) return change(stanza)[0] ?? stanza
  if (!Array.isArray(stanza.content)) return stanza
  const content = stanza.content.flatMap((child, position) => {
    if (position !== index) return [child]
    return rest.length === 0 ? change(child) : [replaced(child, rest, change)]
  })
  return { ...stanza, content }
}

const values = [
  '',
  '0',
  '-1',
  'NaN',
  '1e400',
  '99999999999999999999',
  'null',
  '__proto__',
  'x',
  '@',
  'a@b',
  '@lid',
  '1@newsletter',
  '120363000000000009@g.us',
  'status@broadcast',
  's.whatsapp.net',
]

const changeFor = (spot: Spot, found: BinaryNode, random: Random): [string, Change] => {
  const names = Object.keys(found.attrs)
  const kind = random.next()
  if (kind < 0.45 && names.length > 0) {
    const name = random.pick(names)
    return [`without ${name}`, ({ attrs: { [name]: _, ...attrs }, ...rest }) => [{ ...rest, attrs }]]
  }
  if (kind < 0.6 && names.length > 0) {
    const name = random.pick(names)
    const value = random.pick(values)
    return [`${name}=${JSON.stringify(value)}`, (it) => [{ ...it, attrs: { ...it.attrs, [name]: value } }]]
  }
  if (kind < 0.75 && spot.length > 0) return ['missing', () => []]
  if (kind < 0.85) return ['without content', ({ content: _, ...rest }) => [rest]]
  if (kind < 0.9) return ['with no bytes', (it) => [{ ...it, content: Buffer.alloc(0) }]]
  if (kind < 0.94) return ['with bytes', (it) => [{ ...it, content: Buffer.from([0xff, 1, 2, 0x80]) }]]
  if (kind < 0.97) return ['with a child', (it) => [{ ...it, content: [node('x', { type: 'x' })] }]]
  if (spot.length > 0) return ['three times', (it) => [it, it, it]]
  return ['with an empty list', (it) => [{ ...it, content: [] }]]
}

export interface People {
  /** Own addresses. */
  own: string
  ownLid: string
  /** Somebody else's. */
  other: string
  otherLid: string
  group: string
}

/** One of each kind that the library listens to, and some that it does not; `id` is in all that have one. */
export const serverStanzas = ({ own, ownLid, other, otherLid, group }: People, id: string): BinaryNode[] => {
  const t = String(Math.floor(Date.now() / 1000))
  const receipt = (attrs: Record<string, string>, content?: BinaryNode[]) =>
    node('receipt', { id, t, ...attrs }, content)
  const notice = (type: string, attrs: Record<string, string>, content?: BinaryNode[]) =>
    node('notification', { id, type, t, ...attrs }, content)
  const aboutGroup = (child: BinaryNode) =>
    notice('w:gp2', { from: group, participant: otherLid, notify: 'A' }, [child])
  const member = node('participant', { jid: otherLid, phone_number: other, type: 'admin' })
  const call = (child: BinaryNode) => node('call', { id, t, from: other, platform: 'android', version: '2' }, [child])
  const called = { 'call-id': id, 'call-creator': other, caller_pn: other }
  const items = [node('list', {}, [node('item', { id: `${id}1` }), node('item', { id: `${id}2` })])]
  const retry = [
    node('retry', { count: '1', id, t, v: '1' }),
    node('registration', {}, Buffer.from([0, 0, 0, 7])),
    node('keys', {}, [
      node('type', {}, Buffer.from([5])),
      node('identity', {}, Buffer.alloc(32, 1)),
      node('key', {}, [node('id', {}, Buffer.from([0, 0, 1])), node('value', {}, Buffer.alloc(32, 2))]),
      node('skey', {}, [
        node('id', {}, Buffer.from([0, 0, 1])),
        node('value', {}, Buffer.alloc(32, 3)),
        node('signature', {}, Buffer.alloc(64, 4)),
      ]),
    ]),
  ]
  const json = (value: unknown) => Buffer.from(JSON.stringify(value))
  return [
    receipt({ from: other }),
    receipt({ from: other, type: 'read' }, items),
    receipt({ from: otherLid, type: 'played' }),
    receipt({ from: other, recipient: other, type: 'read-self' }),
    receipt({ from: own, recipient: other, type: 'sender' }),
    receipt({ from: group, participant: otherLid, type: 'read' }, items),
    receipt({ from: other, type: 'retry' }, retry),
    receipt({ from: group, participant: other, type: 'retry' }, retry),
    receipt({ from: other, type: 'server-error' }, [
      node('encrypt', {}, [node('enc_p', {}, Buffer.alloc(20, 1)), node('enc_iv', {}, Buffer.alloc(12, 1))]),
      node('rmr', { jid: other, from_me: 'true', participant: other }),
    ]),
    ...['create', 'ephemeral', 'not_ephemeral', 'modify', 'promote', 'demote', 'remove', 'add', 'leave'].map((tag) =>
      aboutGroup(
        node(tag, { expiration: '86400', type: 'new', id: 'X' }, [groupNode(group, otherLid, member), member]),
      ),
    ),
    aboutGroup(node('subject', { subject: 'Subject', s_t: t, s_o: otherLid })),
    aboutGroup(node('description', { id: 'D' }, [node('body', {}, Buffer.from('about'))])),
    ...['announcement', 'not_announcement', 'locked', 'unlocked', 'delete'].map((tag) => aboutGroup(node(tag))),
    aboutGroup(node('invite', { code: 'abc' })),
    aboutGroup(node('member_add_mode', {}, Buffer.from('all_member_add'))),
    aboutGroup(node('membership_approval_mode', {}, [node('group_join', { state: 'on' })])),
    aboutGroup(node('created_membership_requests', { request_method: 'invite_link' }, [member])),
    aboutGroup(node('revoked_membership_requests', {}, [member])),
    notice('mediaretry', { from: other }, [
      node('encrypt', {}, [node('enc_p', {}, Buffer.alloc(40, 1)), node('enc_iv', {}, Buffer.alloc(12, 1))]),
      node('rmr', { jid: other, from_me: 'false', participant: other }),
    ]),
    notice('mediaretry', { from: other }, [
      node('error', { code: '2' }),
      node('rmr', { jid: other, from_me: 'false' }),
    ]),
    notice('encrypt', { from: 's.whatsapp.net' }, [node('count', { value: '100' })]),
    notice('encrypt', { from: other }, [node('identity')]),
    ...['add', 'remove', 'update'].map((tag) =>
      notice('devices', { from: other }, [
        node(tag, { device_hash: '2:x' }, [node('device', { jid: other.replace('@', ':9@'), 'key-index': '9' })]),
      ]),
    ),
    notice('server_sync', { from: own }, [node('collection', { name: 'regular_low', version: '1' })]),
    notice('picture', { from: other }, [node('set', { jid: other, id: '1', author: other, hash: 'x' })]),
    notice('picture', { from: group }, [node('delete', { jid: group, author: other })]),
    notice('picture', { from: group }, [node('set', { jid: group, id: '2', author: other })]),
    notice('account_sync', { from: own }, [node('disappearing_mode', { duration: '86400', t })]),
    notice('account_sync', { from: own }, [
      node('blocklist', { action: 'modify' }, [node('item', { jid: other, action: 'unblock' })]),
    ]),
    notice('account_sync', { from: own }, [node('devices', { dhash: '2:x' }, [node('device', { jid: own })])]),
    notice('privacy_token', { from: other, sender_lid: otherLid }, [
      node('tokens', {}, [node('token', { jid: other, t, type: 'trusted_contact' }, Buffer.alloc(8, 1))]),
    ]),
    notice('link_code_companion_reg', { from: 's.whatsapp.net' }, [
      node('link_code_companion_reg', { stage: 'primary_hello' }, [
        node('link_code_pairing_ref', {}, Buffer.alloc(8, 1)),
        node('primary_identity_pub', {}, Buffer.alloc(32, 1)),
        node('link_code_pairing_wrapped_primary_ephemeral_pub', {}, Buffer.alloc(80, 1)),
      ]),
    ]),
    notice('newsletter', { from: '1@newsletter', participant: other }, [
      node('reaction', { message_id: '1' }, [node('reaction', {}, Buffer.from('x'))]),
      node('view', { message_id: '1' }, Buffer.from('7')),
      node('participant', { jid: other, action: 'promote', role: 'admin' }),
      node('update', {}, [
        node('settings', {}, [node('name', {}, Buffer.from('n')), node('description', {}, Buffer.from('d'))]),
      ]),
      node('message', { message_id: '1', t }, [node('plaintext', {}, Buffer.from([0x0a, 1, 0x78]))]),
    ]),
    notice('mex', { from: 's.whatsapp.net' }, [
      node(
        'update',
        { op_name: 'NotificationUserReachoutTimelockUpdate' },
        json({
          data: {
            xwa2_notify_account_reachout_timelock: {
              is_active: true,
              time_enforcement_ends: '1',
              enforcement_type: 'x',
            },
          },
        }),
      ),
    ]),
    notice('mex', { from: 's.whatsapp.net' }, [
      node(
        'update',
        { op_name: 'MessageCappingInfoNotification' },
        json({ data: { xwa2_notify_new_chat_messages_capping_info_update: {} } }),
      ),
    ]),
    notice('mex', { from: 's.whatsapp.net' }, [
      node(
        'mex',
        {},
        json({
          operation: 'NotificationNewsletterUpdate',
          updates: [{ jid: '1@newsletter', settings: { a: 1 } }, null],
        }),
      ),
    ]),
    notice('mex', { from: 's.whatsapp.net' }, [
      node(
        'update',
        { op_name: 'NotificationLinkedProfilesUpdates' },
        json({
          data: { xwa2_notify_linked_profiles: { jid: otherLid, added_profiles: [null, {}, 'x'] } },
        }),
      ),
    ]),
    notice('status', { from: other }, [node('set', {}, Buffer.from('about'))]),
    notice('business', { from: other }, [node('profile', { hash: 'x' })]),
    notice('hosted', { from: other }),
    call(node('offer', called, [node('audio', { enc: 'opus', rate: '8000' }), node('video', {})])),
    call(node('offer', { ...called, type: 'group', 'group-jid': group })),
    call(node('terminate', { ...called, reason: 'timeout' })),
    call(node('terminate', called)),
    ...['accept', 'reject', 'preaccept', 'transport', 'mute_v2', 'offer_notice', 'ringing'].map((tag) =>
      call(node(tag, called)),
    ),
    call(node('relaylatency', { ...called, latency: '33' }, [node('te', { latency: '1' }, Buffer.alloc(4))])),
    node('ack', { id, class: 'message', from: other, t }),
    node('ack', { id, class: 'message', from: other, t, error: '463' }),
    node('ack', { id, class: 'message', from: other, t, error: '479', phash: '2:x' }),
    node('ack', { id, class: 'receipt', from: other, t }),
    node('ib', { from: 's.whatsapp.net' }, [
      node('offline_preview', { count: '1', message: '1', receipt: '0', notification: '0', appdata: '0' }),
    ]),
    node('ib', {}, [node('offline', { count: '1' })]),
    node('ib', {}, [node('edge_routing', {}, [node('routing_info', {}, Buffer.from([8, 1]))])]),
    ...['account_sync', 'groups', 'communities', 'newsletter_metadata'].map((type) =>
      node('ib', {}, [node('dirty', { type, timestamp: t })]),
    ),
    node('ib', {}, [node('thread_metadata', {}, [node('item', { jid: other })])]),
    node('iq', { id, from: 's.whatsapp.net', type: 'get', xmlns: 'urn:xmpp:ping' }, [node('ping')]),
    node('iq', { id, from: 's.whatsapp.net', type: 'result' }, [node('x')]),
    node('iq', { id, from: 's.whatsapp.net', type: 'error' }, [node('error', { code: '500', text: 'x' })]),
    node('iq', { id, from: 's.whatsapp.net', type: 'set', xmlns: 'md' }, [
      node('pair-device', {}, [node('ref', {}, Buffer.from('2@x')), node('ref', {}, Buffer.from('2@y'))]),
    ]),
    node('iq', { id, from: 's.whatsapp.net', type: 'set', xmlns: 'md' }, [
      node('pair-success', {}, [
        node('device', { jid: own, lid: ownLid }),
        node('platform', { name: 'android' }),
        node('biz', { name: 'x' }),
        node('device-identity', {}, Buffer.alloc(60, 1)),
      ]),
    ]),
    node('presence', { from: other, type: 'available' }),
    node('presence', { from: other, type: 'unavailable', last: t }),
    node('presence', { from: group, participant: other }),
    node('chatstate', { from: other }, [node('composing', { media: 'audio' })]),
    node('chatstate', { from: group, participant: otherLid }, [node('paused')]),
    node('stream:features', {}, [node('x')]),
    node('nobody-knows', { id, from: other }, [node('x')]),
  ]
}

const groupNode = (group: string, owner: string, member: BinaryNode) =>
  node(
    'group',
    { id: group.replace(/@.*/, ''), subject: 'S', s_o: owner, s_t: '1', creation: '1', creator: owner, size: '2' },
    [
      member,
      node('description', { id: 'D', participant: owner, t: '1' }, [node('body', {}, Buffer.from('about'))]),
      node('ephemeral', { expiration: '1' }),
      node('linked_parent', { jid: group }),
    ],
  )
