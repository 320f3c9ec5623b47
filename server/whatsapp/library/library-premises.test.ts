/**
 * What the decrypt journal takes for granted of the library, and nothing documents. Should a new version break one of these,
 * messages could be lost without a sign: then the journal is to be thought through again, not the test.
 */
import { type BinaryNode, DEFAULT_CONNECTION_CONFIG, type SignalDataSet, type WAMessage } from '@whiskeysockets/baileys'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Loopback, startLoopback } from '../../../loopback/index.ts'
import { connect, memoryAuth, pair } from '../../../loopback/test-client.ts'
import { ciphertextsOf } from '../journal/journal-entry.ts'

let wa: Loopback
let ends: (() => Promise<void>)[]

beforeEach(async () => {
  wa = await startLoopback()
  ends = []
})
afterEach(async () => {
  for (const end of ends) await end()
  await wa.close()
})

/** What happened, in order: the frame, the stanza, decryption, writes of keys (begun and done), the message. */
const observed = async (send: (account: ReturnType<Loopback['account']>) => Promise<string>) => {
  const account = wa.account({ pn: '6281234567890', lid: '98765432101234' })
  const events: string[] = []
  const ciphertexts: Uint8Array[] = []
  const stanzas: BinaryNode[] = []
  const written: SignalDataSet[] = []
  let isWatching = false
  const note = (event: string) => isWatching && events.push(event)
  const auth = memoryAuth()
  const { keys } = auth
  const slow = {
    ...auth,
    keys: {
      ...keys,
      async set(data: SignalDataSet) {
        note('write')
        if (isWatching) written.push(data)
        await new Promise((resolve) => setTimeout(resolve, 50))
        await keys.set(data)
        note('written')
      },
    },
  }
  const first = connect(wa, slow)
  ends.push(() => first.end())
  const { qr } = await first.next('connection.update', (update) => update.qr !== undefined)
  await Promise.all([account.phone.scanQR(qr ?? ''), first.closed()])
  const client = connect(wa, slow, {
    makeSignalRepository: (store, logger, pnToLid) => {
      const base = DEFAULT_CONNECTION_CONFIG.makeSignalRepository(store, logger, pnToLid)
      const keys = store.keys as typeof store.keys & {
        transaction<T>(work: () => Promise<T>, lock: string): Promise<T>
      }
      return {
        ...base,
        decryptMessage: (message) => {
          note('decrypt')
          ciphertexts.push(message.ciphertext)
          const joined = { mark: { [message.jid]: 'joined' } } as unknown as SignalDataSet
          return keys.transaction(async () => {
            const plaintext = await base.decryptMessage(message)
            await keys.set(joined)
            return plaintext
          }, message.jid)
        },
        decryptGroupMessage: (message) => {
          note('decrypt')
          ciphertexts.push(message.msg)
          return base.decryptGroupMessage(message)
        },
      }
    },
  })
  ends.push(() => client.end())
  const { ws } = client.sock
  ws.on('frame', (stanza: BinaryNode) => {
    if (stanza.tag !== 'message') return
    stanzas.push(stanza)
    note('frame')
  })
  // Ahead of the library's own listeners.
  ws.prependListener('CB:message', () => void note('stanza'))
  const emit = client.sock.ev.emit
  client.sock.ev.emit = (event, data) => {
    if (event === 'messages.upsert') note('message')
    return emit(event, data)
  }
  await client.opened()
  await account.phone.sendHistory()
  await wa.next('receipt', ({ type }) => type === 'hist_sync')
  stanzas.length = 0
  ciphertexts.length = 0
  const stop = wa.on('receipt', () => note('receipt'))
  isWatching = true
  const id = await send(account)
  await client.next('messages.upsert', ({ messages }) => messages.some(({ key }: WAMessage) => key.id === id))
  await wa.next('receipt', ({ messageId }) => messageId === id)
  stop()
  const [stanza] = stanzas
  if (stanza === undefined) throw new Error('no stanza came')
  return { events, ciphertexts, parts: ciphertextsOf(stanza), written }
}

const contact = () => wa.account({ pn: '6285550001111', name: 'Ani' })

describe('of a message that is decrypted', () => {
  test('the frame comes first, then the stanza, and only then is it decrypted', async () => {
    const { events } = await observed((account) => contact().phone.send(account.pn, 'hello'))

    expect(events.slice(0, 2)).toEqual(['frame', 'stanza'])
    expect(events.indexOf('decrypt')).toBeGreaterThan(1)
  })

  test('the ciphertext is the very bytes that are in the stanza', async () => {
    const { ciphertexts, parts } = await observed((account) => contact().phone.send(account.pn, 'hello'))

    expect(ciphertexts).toHaveLength(1)
    expect(parts.map((part, n) => part === ciphertexts[n])).toEqual([true])
  })

  test('the same holds for each part of a group message', async () => {
    const { ciphertexts, parts } = await observed(async (account) => {
      const group = wa.group({ subject: 'Team', members: [account, contact()], byLid: true })
      return contact().phone.send(group.jid, 'hello')
    })

    expect(parts.map((part, n) => part === ciphertexts[n])).toEqual([true, true])
  })

  test('a transaction around its decryption ends in one write, with what was added to it', async () => {
    const { written } = await observed((account) => contact().phone.send(account.pn, 'hello'))

    const withSession = written.filter((data) => 'session' in data)
    expect(withSession).toHaveLength(1)
    expect(Object.keys(withSession[0] ?? {})).toEqual(
      expect.arrayContaining(['session', 'pre-key', 'identity-key', 'mark']),
    )
  })

  test('its receipt leaves when that write is done, and it is told after that', async () => {
    const { events } = await observed((account) => contact().phone.send(account.pn, 'hello'))

    const decrypted = events.indexOf('decrypt')
    const written = events.indexOf('written', decrypted)
    expect(written).toBeGreaterThan(decrypted)
    expect(events.indexOf('message')).toBeGreaterThan(written)
    expect(events.indexOf('receipt')).toBeGreaterThan(written)
  })
})

describe('of a message that is sent', () => {
  const lines: string[] = []
  const logger = {
    ...(DEFAULT_CONNECTION_CONFIG.logger as object),
    level: 'warn',
    child: () => logger,
  } as never as Record<string, unknown>
  for (const level of ['trace', 'debug', 'info', 'warn', 'error'])
    logger[level] = (details: { msgId?: string }, words = '') => lines.push(`${words} ${details?.msgId}`)
  const wrote = (id: string) => lines.some((line) => /^sending message to \d+ devices /.test(line) && line.endsWith(id))
  const linked = async () => {
    const client = await pair(wa, wa.account({ pn: '6281234567890' }), { logger: logger as never })
    ends.push(client.end)
    return client.sock
  }

  test('a line is logged before WhatsApp can have it', async () => {
    const sock = await linked()
    const wasLogged = new Promise((resolve) => wa.on('submitted', ({ id }) => resolve(wrote(id))))
    await sock.sendMessage(contact().pn, { text: 'hello' }, { messageId: '3EB0A1' })
    expect(await wasLogged).toBe(true)
  })

  test.each(['usync', 'encrypt', 'w:g2'])('no line is logged when WhatsApp refuses %s', async (xmlns) => {
    const sock = await linked()
    const group = wa.group({ subject: 'Team', members: [wa.account({ pn: '6281234567890' }), contact()] })
    wa.faults.onIq((iq) => iq.attrs.xmlns === xmlns, { error: 503 })
    await expect(sock.sendMessage(group.jid, { text: 'hello' }, { messageId: '3EB0A2' })).rejects.toMatchObject({
      data: 503,
    })
    expect(wrote('3EB0A2')).toBe(false)
    expect(wa.submissions.of('3EB0A2')).toEqual([])
  })
})

test('the library handles one message at a time, and its lock can be waited for', async () => {
  const { sock, end } = await pair(wa, wa.account({ pn: '6281234567890' }))
  ends.push(end)
  const order: string[] = []
  const held = Promise.withResolvers<void>()
  const first = sock.messageMutex.mutex(async () => {
    await held.promise
    order.push('first')
  })
  const second = sock.messageMutex.mutex(async () => order.push('second'))
  held.resolve()
  await Promise.all([first, second])

  expect(order).toEqual(['first', 'second'])
  expect(typeof sock.sendRetryRequest).toBe('function')
})

test('messages are taken in hand by one listener of the socket, and those that waited by a queue of their own', async () => {
  const { sock, end } = await pair(wa, wa.account({ pn: '6281234567890' }))
  ends.push(end)

  expect(sock.ws.listeners('CB:message')).toHaveLength(1)
  expect(sock.ws.eventNames().filter((name) => String(name).startsWith('CB:message'))).toEqual(['CB:message'])
})
