import type { Fault } from './fault.ts'
import { query } from './harness/database.ts'
import { few } from './harness/invariants.ts'
import type { Random } from './harness/random.ts'

export const tornCredentials: Fault = {
  id: 'F05',
  name: 'credentials that are cut, empty or damaged',
  injection:
    'the stored credentials are cut at every 64th byte, emptied, zeroed, replaced, single bits flipped; and a start with another ENCRYPTION_KEY',
  promise:
    'the session fails with a reason, the stored bytes stay, no new device is paired; with the whole credentials it connects again',
  async run({ quick, random, open, figure, check }) {
    const world = await open()
    const { sessionId, database, call } = world
    const command = (verb: string) => call('POST', `/sessions/${sessionId}:${verb}`)
    const read = async () => {
      const [row] = await query<{ value: Buffer }>(database, 'SELECT value FROM creds WHERE session_id = ?', sessionId)
      return row?.value ?? Buffer.alloc(0)
    }
    const write = (value: Buffer) =>
      query(database, 'UPDATE creds SET value = ? WHERE session_id = ?', value, sessionId)
    const settled = async () => {
      const ended = ['failed', 'working', 'scan_qr_code', 'logged_out']
      for (;;) {
        const session = await world.session()
        if (ended.includes(session.status)) return session
      }
    }

    const broken: string[] = []
    const expectFailed = async (name: string, bytes: Buffer) => {
      const { status, statusReason } = await settled()
      if (status !== 'failed' || !statusReason?.includes('credentials'))
        broken.push(`${name}: ${status} ${statusReason}`)
      const { status: live } = await call('PUT', `/sessions/${sessionId}/chats/${world.traffic.group.jid}/presence`, {
        state: 'composing',
      })
      if (live !== 501) broken.push(`${name}: a live call answered ${live}`)
      if (!(await read()).equals(bytes)) broken.push(`${name}: the stored bytes have changed`)
    }

    await command('stop')
    const whole = await read()
    const cases = spoiled(whole, random)
    const chosen = quick ? random.shuffle(cases).slice(0, 6) : cases
    for (const { name, bytes } of chosen) {
      await write(bytes)
      await command('start')
      await expectFailed(name, bytes)
      await command('stop')
    }
    await write(whole)

    await world.gateway.kill('SIGTERM')
    await world.start({ env: { ENCRYPTION_KEY: 'ab'.repeat(32) }, offline: true })
    await command('start')
    await expectFailed('another key', whole)
    await command('stop')
    await world.gateway.kill('SIGTERM')

    await world.start({ offline: true })
    await command('start')
    await world.status('working')
    check(broken.length === 0, `each spoiled credential is a reason, and nothing more: ${few(broken)}`)
    const { pairings } = world.loopback.stats
    check(pairings === 1, `nothing is paired anew: ${pairings} pairings`)
    figure('ways to spoil them', chosen.length + 1)
    figure('new identities', pairings - 1)
  },
}

const spoiled = (whole: Buffer, random: Random) => {
  const cuts = Array.from({ length: Math.ceil(whole.length / 64) }, (_, index) => ({
    name: `cut at ${index * 64}`,
    bytes: Buffer.from(whole.subarray(0, index * 64)),
  }))
  const flips = Array.from({ length: 40 }, () => {
    const at = random.int(0, whole.length - 1)
    const bytes = Buffer.from(whole)
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.int(0, 7)), at)
    return { name: `a bit flipped at ${at}`, bytes }
  })
  return [
    ...cuts,
    ...flips,
    { name: 'all but the last byte', bytes: Buffer.from(whole.subarray(0, -1)) },
    { name: 'zeroed', bytes: Buffer.alloc(whole.length) },
    { name: 'text', bytes: Buffer.from('{}') },
  ]
}
