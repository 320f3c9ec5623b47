import { describe, expect, test } from 'vitest'
import { type Account, type BinaryNode, isIq, type Loopback, node } from '../../loopback/index.ts'
import type { MessageFact } from '../model/facts.ts'
import { NotConnected } from '../ports/whatsapp/calls.ts'
import { inLoopback } from './test-client.ts'
import type { TestCredentials } from './test-support.ts'

let wa: Loopback
let account: Account
let credentials: TestCredentials
const { connect, pair, pairAndOpen } = inLoopback((made) => {
  ;({ wa, account, credentials } = made)
})

describe('pairing', () => {
  test('a scanned code ends in a restart, with the credentials stored', async () => {
    const { pairing, companion } = await pair()

    expect(pairing.events.map(({ type }) => type)).toEqual(['qr', 'paired', 'closed'])
    expect(pairing.events[1]).toEqual({ type: 'paired', me: { jid: account.pn, lid: account.lid } })
    expect(pairing.events[2]).toMatchObject({ reason: 'restart' })
    expect(credentials.creds.has('sess_1')).toBe(true)
    expect(companion.jid).toContain(account.pn.split('@')[0])
  })

  test('stored credentials log in without a code', async () => {
    const { events } = await pairAndOpen()

    expect(events).toEqual([{ type: 'open', me: { jid: account.pn, lid: account.lid } }])
  })
})

describe('codes that cannot be shown', () => {
  const unreadable = [
    { tag: 'ref', attrs: {} },
    { tag: 'ref', attrs: {}, content: Buffer.alloc(0) },
    { tag: 'ref', attrs: {}, content: [{ tag: 'ref', attrs: {} }] },
    { tag: 'ref', attrs: {}, content: Buffer.alloc(60_000, 'a') },
    { tag: 'other', attrs: {}, content: Buffer.from('2@other') },
  ]

  test('are passed over for those that can', async () => {
    wa.faults.onPairing((refs) => [...unreadable, ...refs], 1)
    const { event } = connect()

    const { code } = await event('qr')
    await account.phone.scanQR(code)

    expect(await event('closed')).toMatchObject({ reason: 'restart' })
  })

  test.each([['none', []] as const, ['only such', unreadable] as const])(
    '%s: the connection ends and says why',
    async (_, refs) => {
      wa.faults.onPairing(() => [...refs], 1)
      const { event, events } = connect()

      expect(await event('closed')).toMatchObject({
        reason: 'lost',
        detail: 'WhatsApp offered no code that can be shown',
      })
      expect(events.map(({ type }) => type)).toEqual(['closed'])
    },
  )
})

describe('what WhatsApp says to a session that is paired', () => {
  const from = 's.whatsapp.net'
  const iq = (content: BinaryNode) => node('iq', { id: '1', from, type: 'set', xmlns: 'md' }, [content])
  const toBePaired = {
    'an offer to pair': () => iq(node('pair-device', {}, [node('ref', {}, Buffer.from('2@x'))])),
    'an offer to pair without codes': () => iq(node('pair-device')),
    'the end of a pairing': () => iq(node('pair-success', {}, [node('device', { jid: account.pn })])),
    'the end of a pairing, empty': () => iq(node('pair-success')),
  }
  const settings = (attrs: Record<string, string>) =>
    node('notification', { id: '2', from: account.pn, type: 'server_sync' }, [node('collection', attrs)])

  test.each(Object.entries(toBePaired))('%s changes nothing', async (_, stanza) => {
    const { companion, events, fact } = await pairAndOpen()

    companion.show(stanza())

    await account.phone.send(account.pn, 'after')
    await fact((each): each is MessageFact => each.kind === 'message' && each.body === 'after')
    expect(events.map(({ type }) => type)).toEqual(['open'])
  })

  test.each([[{}], [{ name: 'unknown', version: '3' }], [{ name: '' }]])(
    'a change of settings that nobody knows (%j): what comes after it is told, and no question is asked without end',
    async (attrs) => {
      const { companion, fact } = await pairAndOpen()
      let questions = 0
      const stop = wa.on('stanza', ({ direction, stanza }) => {
        if (direction === 'in' && stanza.attrs.xmlns === 'w:sync:app:state') questions += 1
      })

      companion.deliver(settings(attrs))

      await account.phone.send(account.pn, 'after')
      await fact((each): each is MessageFact => each.kind === 'message' && each.body === 'after')
      stop()
      expect(questions).toBeLessThan(5)
      await expect.poll(() => [...companion.queue].map(({ tag }) => tag)).not.toContain('notification')
    },
  )
})

describe('pairing by code', () => {
  const isCodeRequest = isIq('md', 'link_code_companion_reg')

  test('a code that is typed in on the phone ends in a restart, and then logs in', async () => {
    const { client, event, events } = connect()

    const code = await client.requestPairingCode(account.pn.split('@')[0] ?? '')
    await account.phone.enterCode(code)

    expect(code).toMatch(/^[0-9A-Z]{8}$/)
    expect(await event('closed')).toMatchObject({ reason: 'restart' })
    expect(events.map(({ type }) => type)).toEqual(['qr', 'paired', 'closed'])
    expect(await connect().event('open')).toEqual({ type: 'open', me: { jid: account.pn, lid: account.lid } })
  })

  test('shows WhatsApp the name of a known browser, and not that of the gateway', async () => {
    const shown: string[] = []
    const stop = wa.on('stanza', ({ stanza }) => {
      if (isCodeRequest(stanza)) shown.push(JSON.stringify(stanza).includes('Parley') ? 'Parley' : 'a known name')
    })
    const { client } = connect()

    await client.requestPairingCode(account.pn.split('@')[0] ?? '')

    stop()
    expect(shown).toEqual(['a known name'])
  })

  test('a connection that ends before pairing has begun says so at once', async () => {
    wa.faults.refuseUpgrades('silent')
    const { client } = connect()

    const code = client.requestPairingCode('6281234567890')
    await client.close()

    await expect(code).rejects.toThrow(NotConnected)
  })

  test('a code that nobody entered does not prevent the next pairing', async () => {
    const abandoned = connect()
    await abandoned.client.requestPairingCode('6289999999999')
    await abandoned.client.close()

    await connect().event('qr')
    expect(credentials.creds.size).toBe(0)
  })

  test('there is none before pairing has begun, and none for a paired session', async () => {
    wa.faults.refuseUpgrades('silent')
    const waiting = connect({ timeouts: { pairingMs: 50 } })
    await expect(waiting.client.requestPairingCode('6281234567890')).rejects.toThrow(NotConnected)
    wa.faults.clear()

    const { client } = await pairAndOpen({ timeouts: { pairingMs: 50 } })
    await expect(client.requestPairingCode('6281234567890')).rejects.toThrow(NotConnected)
  })
})
