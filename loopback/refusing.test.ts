import type { MessageUserReceiptUpdate, WAMessage, WAMessageKey } from '@whiskeysockets/baileys'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { EventLog } from './events.ts'
import type { StanzaFilter } from './faults.ts'
import { type Account, type Loopback, startLoopback } from './index.ts'
import { pair } from './test-client.ts'

let wa: Loopback
let owner: Account
let contact: Account
let client: Awaited<ReturnType<typeof pair>>
let contacts = 0
const texts = new Map<string, string>()
const expected: string[] = []
/** Each message that the client emits: it may emit several at once. */
const emissions = new EventLog<{ message: WAMessage }>()

beforeAll(async () => {
  wa = await startLoopback()
  owner = wa.account({ pn: '6281234567890', lid: '98765432101234', name: 'Owner' })
  client = await pair(wa, owner, {
    // As many times as a phone asks; by default the library answers two requests of a phone.
    maxMsgRetryCount: 12,
    getMessage: async ({ id }: WAMessageKey) => ({ conversation: texts.get(id ?? '') ?? '' }),
  })
  client.sock.ev.on('messages.upsert', ({ messages }) => {
    for (const message of messages) emissions.emit('message', message)
  })
  await owner.phone.sendHistory({}, client.companion)
  await client.next('messaging-history.set')
})

beforeEach(() => {
  contact = wa.account({ pn: `62855500${1000 + ++contacts}`, name: `Contact ${contacts}` })
})

afterEach(() => {
  wa.faults.clear()
  wa.repeats.policy = 'deliver'
})

afterAll(async () => {
  await client.end()
  await wa.close()
  expect(wa.unhandled.map(({ reason }) => reason).toSorted()).toEqual(expected.toSorted())
})

/** Sends a text under this id. @returns the error of the ack, undefined when it has none */
async function ackOf(id: string, to = contact.pn, { text = 'hello', from = client } = {}) {
  const acknowledged = ack(id)
  await write(id, to, text, from)
  return acknowledged
}

async function write(id: string, to = contact.pn, text = 'hello', from = client) {
  texts.set(id, text)
  await from.sock.sendMessage(to, { text }, { messageId: id })
}

function ack(id: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const stop = wa.on('stanza', ({ direction, stanza: { tag, attrs } }) => {
      if (direction !== 'out' || tag !== 'ack' || attrs.class !== 'message' || attrs.id !== id) return
      stop()
      resolve(attrs.error)
    })
  })
}

/** The library sends messages of its own at any time, to its own phone: a fault has to name the one that it is for. */
const hasId =
  (id: string): StanzaFilter =>
  ({ attrs }) =>
    attrs.id === id

const emitted = (fits: (message: WAMessage) => boolean) => emissions.next('message', fits)

const reaches = (account: Account, id: string) =>
  wa.next('message', (message) => message.phone === account.pn && message.id === id)

describe('WhatsApp', () => {
  test.each([400, 421, 463, 479])('refuses with %i, and the message reaches nobody', async (error) => {
    wa.faults.onMessage(({ attrs }) => attrs.to === contact.pn, error, 1)
    expect(await ackOf(`REFUSED${error}`)).toBe(String(error))
    expect(wa.submissions.of(`REFUSED${error}`)).toMatchObject([{ outcome: 'refused', error, nth: 1 }])
    expect(await ackOf(`REFUSED${error}`)).toBeUndefined()
    expect(wa.submissions.of(`REFUSED${error}`)).toMatchObject([{}, { outcome: 'delivered', nth: 1 }])
    await reaches(contact, `REFUSED${error}`)
    expect(contact.phone.screen.messages).toMatchObject([{ arrivals: 1 }])
  })

  test('keeps silent: a message may have arrived or not', async () => {
    const acks: unknown[] = []
    const stop = wa.on('stanza', ({ direction, stanza: { tag, attrs } }) => {
      if (direction === 'out' && tag === 'ack' && attrs.class === 'message') acks.push(attrs.id)
    })
    wa.faults.onMessage(hasId('IGNORED'), 'ignore', 1)
    await write('IGNORED')
    expect(await wa.next('submitted', ({ id }) => id === 'IGNORED')).toMatchObject({ outcome: 'ignored' })
    wa.faults.onMessage(hasId('DELIVERED'), 'lose-ack', 1)
    await write('DELIVERED')
    await reaches(contact, 'DELIVERED')
    await ackOf('LAST')
    expect(acks.filter((id) => ['IGNORED', 'DELIVERED', 'LAST'].includes(String(id)))).toEqual(['LAST'])
    expect(wa.submissions.of('DELIVERED')).toMatchObject([{ outcome: 'delivered', nth: 1 }])
    expect(contact.phone.screen.find('IGNORED')).toBeUndefined()
    stop()
  })

  test('acknowledges late: on order, or after a while', async () => {
    wa.faults.onMessage(hasId('HELD'), 'hold-ack', 1)
    const held = ack('HELD')
    await write('HELD')
    await reaches(contact, 'HELD')
    wa.faults.releaseAcks()
    expect(await held).toBeUndefined()
    wa.faults.onMessage(hasId('LATE'), { delayMs: 5 }, 1)
    expect(await ackOf('LATE')).toBeUndefined()
  })
})

describe('an id that comes twice', () => {
  test.each([
    ['deliver', undefined, 'delivered', 2],
    ['drop', undefined, 'dropped', 1],
    [479, '479', 'refused', 1],
  ] as const)('policy %s', async (policy, error, outcome, arrivals) => {
    wa.repeats.policy = policy
    const id = `TWICE${policy}`
    await ackOf(id, contact.pn, { text: 'first' })
    await reaches(contact, id)
    expect(await ackOf(id, contact.pn, { text: 'second' })).toBe(error)
    if (arrivals === 2) await reaches(contact, id)
    expect(wa.submissions.of(id)).toMatchObject([{ nth: 1 }, { nth: 2, outcome }])
    expect(contact.phone.screen.messages).toMatchObject([{ id, arrivals }])
  })
})

describe('a phone that cannot read', () => {
  test('asks five times, with its keys from the second time on, and then shows the message once', async () => {
    const requests: unknown[] = []
    const stop = wa.on('stanza', ({ direction, stanza: { attrs, content } }) => {
      if (direction === 'out' && attrs.type === 'retry' && Array.isArray(content))
        requests.push([content[0]?.attrs.count, ...content.map(({ tag }) => tag)])
    })
    wa.faults.onArrival((phone) => phone === contact.pn, 5)
    await write('RETRIED', contact.pn, 'at last')
    await reaches(contact, 'RETRIED')
    stop()
    expect(requests).toEqual([
      ['1', 'retry', 'registration'],
      ...[2, 3, 4, 5].map((count) => [String(count), 'retry', 'registration', 'keys']),
    ])
    expect(contact.phone.screen.messages).toMatchObject([
      { arrivals: 1, unreadable: 5, message: { extendedTextMessage: { text: 'at last' } } },
    ])
  })

  test('gives up after the fifth request', async () => {
    wa.faults.onArrival((phone) => phone === contact.pn)
    await write('UNREADABLE')
    const last = await wa.next('unreadable', ({ id, asks }) => id === 'UNREADABLE' && !asks)
    expect(last.count).toBe(6)
    expect(contact.phone.screen.find('UNREADABLE')).toMatchObject({ arrivals: 0, unreadable: 6 })
  })

  test.each(['drop', 400] as const)('is answered though repeats are not delivered (%s)', async (policy) => {
    wa.repeats.policy = policy
    wa.faults.onArrival((phone) => phone === contact.pn, 1)
    await write(`ASKED${policy}`)
    await reaches(contact, `ASKED${policy}`)
  })

  test('of a group gets the message, and the key to the next ones', async () => {
    const group = wa.group({ subject: 'Team', members: [owner, contact] })
    wa.faults.onArrival((phone) => phone === contact.pn, 1)
    await write('INGROUP', group.jid)
    await reaches(contact, 'INGROUP')
    await write('NEXT', group.jid)
    await reaches(contact, 'NEXT')
    expect(contact.phone.screen.messages.map(({ id, unreadable }) => [id, unreadable])).toEqual([
      ['INGROUP', 1],
      ['NEXT', 0],
    ])
  })
})

describe('an account whose chats are by', () => {
  /** Not the owner: an account that is migrated never goes back. */
  const linkedTo = async (account: Account) => {
    const linked = await pair(wa, account)
    await account.phone.sendHistory({}, linked.companion)
    await linked.next('messaging-history.set')
    return linked
  }

  test.each([
    [true, undefined, '463'],
    [false, '400', undefined],
  ])('LID (%s) refuses the other form', async (isMigrated, byLid, byNumber) => {
    const account = wa.account({ pn: isMigrated ? '6281000000003' : '6281000000004', isMigrated })
    const linked = await linkedTo(account)
    const keyOf = async (id: string) => {
      const { messages } = await linked.next('messages.upsert', (upsert) =>
        upsert.messages.some(({ key }) => key.id === id),
      )
      return messages.find(({ key }) => key.id === id)?.key
    }
    expect(await ackOf(`LID${isMigrated}`, contact.lid, { from: linked })).toBe(byLid)
    expect(await ackOf(`PN${isMigrated}`, contact.pn, { from: linked })).toBe(byNumber)
    const remoteJid = isMigrated ? contact.lid : contact.pn
    expect(await keyOf(await contact.phone.send(account.pn, 'hello'))).toMatchObject({ remoteJid, fromMe: false })
    const other = isMigrated ? contact.pn : contact.lid
    expect(await keyOf(await account.phone.send(other, 'hello back'))).toMatchObject({ remoteJid, fromMe: true })
    await linked.end()
  })

  test('LID says so when it is linked, and when it is asked', async () => {
    const migrated = wa.account({ pn: '6281000000001', isMigrated: true })
    const seen: string[] = []
    const stop = wa.on('stanza', ({ direction, stanza }) => {
      const text = JSON.stringify(stanza)
      if (direction === 'out' && text.includes('client-props')) seen.push('client-props')
      if (direction === 'out' && text.includes('"config_code":"9435","config_value":"1"')) seen.push('9435')
    })
    const { end, sock } = await pair(wa, migrated)
    await sock.query({
      tag: 'iq',
      attrs: { to: 's.whatsapp.net', type: 'get', xmlns: 'abt' },
      content: [{ tag: 'props', attrs: {} }],
    })
    expect(seen.slice(0, 2)).toEqual(['client-props', '9435'])
    stop()
    await end()
  })

  test('numbers is migrated, and its client is told', async () => {
    const account = wa.account({ pn: '6281000000005' })
    const linked = await linkedTo(account)
    await account.migrate()
    await wa.next('receipt', ({ type, companion }) => type === 'peer_msg' && companion === linked.companion.jid)
    expect(await linked.sock.signalRepository.lidMapping.getLIDForPN(contact.pn)).toBe(contact.lid)
    expect(await ackOf('MIGRATED', contact.pn, { from: linked })).toBe('463')
    await linked.end()
  })
})

describe('a group', () => {
  test('in which only admins may write refuses others', async () => {
    const group = wa.group({ subject: 'News', members: [contact, owner] })
    expect(await ackOf('ALLOWED', group.jid)).toBeUndefined()
    group.setAnnounceOnly(true)
    expect(await client.sock.groupMetadata(group.jid)).toMatchObject({ announce: true })
    expect(await ackOf('ANNOUNCED', group.jid)).toBe('403')
  })

  test('does not get the key with a refused message: the client believes so, and the phones must ask', async () => {
    const group = wa.group({ subject: 'Team', members: [owner, contact] })
    wa.faults.onMessage(({ attrs }) => attrs.to === group.jid, 479, 1)
    await ackOf('WITHKEY', group.jid)
    await write('WITHOUT', group.jid)
    await reaches(contact, 'WITHOUT')
    await reaches(owner, 'WITHOUT')
    expect(contact.phone.screen.messages).toMatchObject([{ id: 'WITHOUT', unreadable: 1 }])
    for (const { pn } of [contact, owner])
      expected.push(`the phone of ${pn} can't read a message: No session found to decrypt message`)
  })

  test('tells the author who has read a message', async () => {
    const group = wa.group({ subject: 'Team', members: [owner, contact] })
    await write('READ', group.jid)
    await reaches(contact, 'READ')
    // Alone, or in the message, when the client emits both at once.
    const isRead = ({ receipt }: Pick<MessageUserReceiptUpdate, 'receipt'>) =>
      receipt.readTimestamp && receipt.userJid === contact.lid
    const read = Promise.any([
      client.next('message-receipt.update', (all) => all.some((update) => update.key.id === 'READ' && isRead(update))),
      emitted(({ key, userReceipt }) => key.id === 'READ' && !!userReceipt?.some((receipt) => isRead({ receipt }))),
    ])
    contact.phone.sendReceipt(group.jid, ['READ'])
    await read
  })

  test('refuses who is no member', async () => {
    const metadata = { id: 'x', subject: '', owner: undefined, participants: [{ id: contact.lid }] }
    const other = await pair(wa, wa.account({ pn: '6281000000002' }), { cachedGroupMetadata: async () => metadata })
    const group = wa.group({ subject: 'Ours', members: [owner, contact] })
    for (const [id, to, error] of [
      ['STRANGER', group.jid, '401'],
      ['NOWHERE', '120363000000000000@g.us', '404'],
    ] as const) {
      const refused = ack(id)
      await other.sock.sendMessage(to, { text: 'let me in' }, { messageId: id })
      expect(await refused).toBe(error)
    }
    await other.end()
  })

  test.each([true, false])(
    'goes on without a member who leaves, and with one who comes (by LID: %s)',
    async (byLid) => {
      const leaver = wa.account({ pn: `6285559${contacts}0` })
      const group = wa.group({ subject: 'Team', members: [owner, contact, leaver], byLid })
      await write(`ALL${byLid}`, group.jid)
      await reaches(leaver, `ALL${byLid}`)
      group.remove(leaver)
      const left = await emitted(({ messageStubType }) => messageStubType === 32)
      expect(left.key.remoteJid).toBe(group.jid)
      await write(`LEFT${byLid}`, group.jid)
      await reaches(contact, `LEFT${byLid}`)
      expect(leaver.phone.screen.find(`LEFT${byLid}`)).toBeUndefined()
      group.add(leaver, owner)
      await emitted(({ messageStubType }) => messageStubType === 27)
      const id = await contact.phone.send(group.jid, 'welcome back')
      await emitted(({ key }) => key.id === id)
      await write(`BACK${byLid}`, group.jid)
      await reaches(leaver, `BACK${byLid}`)
    },
  )
})
