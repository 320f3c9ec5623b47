/** A session's life, against the real client library and a WhatsApp that misbehaves on demand. */
import { describe, expect, test } from 'vitest'
import type { Account, Companion } from '../../loopback/index.ts'
import { codeOf } from '../support/api.ts'
import { inSandbox, manage, sandbox, send, shownCode } from '../support/in-sandbox.ts'

interface Session {
  id: string
  status: string
  statusReason?: string
  statusReasonCode?: string
  phoneNumber?: string
  waJid?: string
  lastConnectedAt?: number
}

inSandbox()

let numbers = 0

const sessionOf = async (id: string) => (await manage('GET', `/sessions/${id}`)).body as Session

const becomes = (id: string, status: string, timeout = 10_000) =>
  expect.poll(async () => (await sessionOf(id)).status, { timeout, interval: 20 }).toBe(status)

const create = async (body: object = {}): Promise<Session> => {
  const answer = await manage('POST', '/sessions', body)
  expect(answer.status).toBe(201)
  return answer.body as Session
}

const account = (): Account => sandbox.loopback.account({ pn: `6283330000${String(10 + numbers++)}`, name: 'Tester' })

interface Paired {
  id: string
  phone: Account
  companion: Companion
}

const pair = async (): Promise<Paired> => {
  const { id } = await create({ start: true })
  const phone = account()
  const companion = await phone.phone.scanQR(await shownCode(id))
  await becomes(id, 'working')
  await phone.phone.sendHistory({}, companion)
  // Taken, so that a test that waits for the next one does not get this one.
  await sandbox.loopback.next('online', (event) => event.companion === companion.jid)
  return { id, phone, companion }
}

const presence = (id: string) =>
  send('PUT', `/sessions/${id}/chats/628222000001@s.whatsapp.net/presence`, { state: 'composing' })

describe('pairing', () => {
  test('a WhatsApp that lets the client in without a new connection: working, and presence leaves', async () => {
    const { id } = await create({ start: true })
    const phone = account()
    const companion = await phone.phone.scanQR(await shownCode(id), { letIn: true })
    await becomes(id, 'working')
    const arrived = sandbox.loopback.next('chatstate', (event) => event.companion === companion.jid)
    expect((await presence(id)).status).toBe(204)
    await arrived
    await phone.phone.sendHistory({}, companion)
    expect(await sessionOf(id)).toMatchObject({ status: 'working', waJid: phone.pn })
    expect((await sessionOf(id)).statusReason).toBeUndefined()
  })

  test('by QR: stopped, scan_qr_code, working, with the number that scanned', async () => {
    const created = await create({ label: 'Front desk' })
    expect(created).toMatchObject({ status: 'stopped', label: 'Front desk', autoRead: false, presenceTyping: false })
    expect(created).not.toHaveProperty('phoneNumber')

    const early = await manage('GET', `/sessions/${created.id}/qr`)
    expect([early.status, codeOf(early)]).toEqual([409, 'conflict'])
    const noMe = await manage('GET', `/sessions/${created.id}/me`)
    expect([noMe.status, codeOf(noMe)]).toEqual([404, 'not_found'])

    expect((await manage('POST', `/sessions/${created.id}:start`)).status).toBe(200)
    const code = await shownCode(created.id)
    expect((await sessionOf(created.id)).status).toBe('scan_qr_code')
    const phone = account()
    const companion = await phone.phone.scanQR(code)
    await becomes(created.id, 'working')
    expect(await sessionOf(created.id)).toMatchObject({ phoneNumber: phone.pn.split('@')[0], waJid: phone.pn })

    const late = await manage('GET', `/sessions/${created.id}/qr`)
    expect([late.status, codeOf(late)]).toEqual([409, 'conflict'])
    expect((await manage('GET', `/sessions/${created.id}/me`)).body).toEqual({
      sessionId: created.id,
      status: 'working',
      connected: true,
      phoneNumber: phone.pn.split('@')[0],
      waJid: phone.pn,
      waLid: phone.lid,
    })
    expect(companion.isOnline).toBe(true)
  })

  test('the QR code comes as a picture when asked for', async () => {
    const { id } = await create({ start: true })
    await shownCode(id)
    const picture = async (accept: string) => {
      const answer = await fetch(`${sandbox.url}/sessions/${id}/qr`, {
        headers: { Authorization: `Bearer ${sandbox.target.tokens.manageOnly}`, Accept: accept },
      })
      expect(answer.headers.get('vary')?.split(', ')).toContain('Accept')
      return [answer.headers.get('content-type'), Buffer.from(await answer.arrayBuffer())] as const
    }
    const [pngType, png] = await picture('image/png')
    expect(pngType).toBe('image/png')
    expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a')
    const [svgType, svg] = await picture('image/svg+xml')
    expect(svgType).toMatch(/^image\/svg\+xml/)
    expect(svg.toString()).toMatch(/^<svg /)
    const [anyType] = await picture('*/*')
    expect(anyType).toMatch(/^application\/json/)
    expect((await manage('DELETE', `/sessions/${id}`)).status).toBe(204)
  })

  test('by code, typed into the phone', async () => {
    const { id } = await create()
    const phone = account()
    const answer = await manage('POST', `/sessions/${id}/pairing-code`, { phone: phone.pn.split('@')[0] })
    expect(answer).toMatchObject({ status: 200, body: { code: expect.stringMatching(/^[A-Z0-9]{4}-[A-Z0-9]{4}$/) } })
    await phone.phone.enterCode((answer.body as { code: string }).code.replace('-', ''))
    await becomes(id, 'working')
    const again = await manage('POST', `/sessions/${id}/pairing-code`, { phone: phone.pn.split('@')[0] })
    expect([again.status, codeOf(again)]).toEqual([409, 'conflict'])
  })
})

describe('commands', () => {
  test('stop keeps it paired, start brings it back, both twice are the same as once', async () => {
    const { id } = await pair()
    for (const _ of [1, 2]) {
      expect((await manage('POST', `/sessions/${id}:stop`)).body).toMatchObject({ status: 'stopped' })
      expect((await presence(id)).status).toBe(501)
    }
    for (const _ of [1, 2]) {
      expect((await manage('POST', `/sessions/${id}:start`)).status).toBe(200)
      await becomes(id, 'working')
    }
    expect((await presence(id)).status).toBe(204)
  })

  test('restart comes back without a new code', async () => {
    const { id, companion } = await pair()
    const logins = sandbox.loopback.stats.logins
    expect((await manage('POST', `/sessions/${id}:restart`)).status).toBe(200)
    await becomes(id, 'working')
    expect(companion.isOnline).toBe(true)
    expect(sandbox.loopback.stats.logins).toBe(logins + 1)
  })

  test('logout unlinks at WhatsApp, and a later start begins a new pairing', async () => {
    const { id, companion } = await pair()
    const unpaired = sandbox.loopback.next('unpaired', (event) => event.companion === companion.jid)
    expect((await manage('POST', `/sessions/${id}:logout`)).body).toMatchObject({ status: 'logged_out' })
    await unpaired
    expect(await sessionOf(id)).not.toHaveProperty('waJid')
    expect((await manage('POST', `/sessions/${id}:logout`)).body).toMatchObject({ status: 'logged_out' })
    expect((await manage('POST', `/sessions/${id}:start`)).status).toBe(200)
    expect(await shownCode(id)).toMatch(/\S/)
    await manage('DELETE', `/sessions/${id}`)
  })

  test('delete unlinks it at WhatsApp and removes it with its chats; a second delete is 404', async () => {
    const { id, companion } = await pair()
    const unpaired = sandbox.loopback.next('unpaired', (event) => event.companion === companion.jid)
    expect((await manage('DELETE', `/sessions/${id}`)).status).toBe(204)
    await unpaired
    expect((await manage('DELETE', `/sessions/${id}`)).status).toBe(404)
    expect((await presence(id)).status).toBe(404)
  })

  test('start, stop and restart in parallel end in one state, with one connection at most', async () => {
    const { id } = await pair()
    const commands = ['start', 'stop', 'restart', 'start', 'stop', 'restart', 'start']
    const answers = await Promise.all(commands.map((verb) => manage('POST', `/sessions/${id}:${verb}`)))
    expect(answers.map(({ status }) => status)).toEqual(commands.map(() => 200))
    await becomes(id, 'working')
    expect((await presence(id)).status).toBe(204)
  })
})

describe('faults', () => {
  test.each([
    ['a dropped connection', (companion: Companion) => companion.drop()],
    ['a closed WebSocket', (companion: Companion) => companion.closeSocket()],
    ['WhatsApp asking for a new connection (515)', (companion: Companion) => companion.streamError({ code: '515' })],
    ['WhatsApp unavailable (503)', (companion: Companion) => companion.streamError({ code: '503' })],
    ['a bad session (500)', (companion: Companion) => companion.streamError({ code: '500' })],
  ])(
    '%s: it comes back by itself, paired as before',
    async (_name, fault) => {
      const { id, companion } = await pair()
      const back = sandbox.loopback.next('online', (event) => event.companion === companion.jid, 15_000)
      fault(companion)
      await back
      await becomes(id, 'working')
      expect((await presence(id)).status).toBe(204)
    },
    30_000,
  )

  test('an upgrade answered with 503: it keeps trying, and comes back', async () => {
    const { id, companion } = await pair()
    sandbox.loopback.faults.refuseUpgrades('close', 2)
    const back = sandbox.loopback.next('online', (event) => event.companion === companion.jid, 20_000)
    companion.drop()
    await back
    await becomes(id, 'working')
  }, 30_000)

  test('unlinked on the phone (401): logged_out, with the reason, and no new connection', async () => {
    const { id, companion } = await pair()
    companion.unlink()
    await becomes(id, 'logged_out')
    expect(await sessionOf(id)).toMatchObject({
      statusReason: expect.stringMatching(/\S/),
      statusReasonCode: 'logged_out',
    })
    expect((await presence(id)).status).toBe(501)
    expect((await manage('GET', `/sessions/${id}/me`)).status).toBe(404)
  })

  test('replaced by another connection (440): it yields', async () => {
    const { id, companion } = await pair()
    const logins = sandbox.loopback.stats.logins
    companion.streamError({}, { tag: 'conflict', attrs: { type: 'replaced' } })
    await becomes(id, 'failed')
    expect(await sessionOf(id)).toMatchObject({
      statusReason: expect.stringContaining('somewhere else'),
      statusReasonCode: 'replaced',
    })
    expect(sandbox.loopback.stats.logins).toBe(logins)
    expect((await manage('POST', `/sessions/${id}:start`)).status).toBe(200)
    await becomes(id, 'working')
  })

  test('a client version that WhatsApp no longer takes (405): failed, with what to do', async () => {
    const { id, companion } = await pair()
    companion.failNextLogin(405)
    await manage('POST', `/sessions/${id}:restart`)
    await becomes(id, 'failed')
    expect((await sessionOf(id)).statusReason).toContain('WHATSAPP_VERSION')
  })
})
