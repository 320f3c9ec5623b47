/** Sessions as WhatsApp has them: encrypted messages, three of ten in groups. Each processor has one of the two sides. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processors } from '../machine.ts'
import { startProgram } from '../process.ts'
import type { LiveGatewayProgram } from '../programs/live-gateway.ts'
import type { LiveWhatsAppProgram } from '../programs/live-whatsapp.ts'
import type { Subject } from './subject.ts'

const ofGroup = 3
/** A rate that never has to wait. */
const atOnce = 1e6
const pairedAtOnce = 4

const program = (name: string) => join(import.meta.dirname, `../programs/${name}.ts`)

export const encryptedSessions = async (count: number): Promise<Subject> => {
  const wa = await startProgram<LiveWhatsAppProgram>(program('live-whatsapp'), processors.load, [])
  const { url, rootKey } = await wa.ask('address')
  const folder = await mkdtemp(join(tmpdir(), 'parley-busy-'))
  const gateway = await startProgram<LiveGatewayProgram>(program('live-gateway'), processors.server, [
    folder,
    url,
    rootKey,
  ])
  const pns = Array.from({ length: count }, (_, n) => `62811${String(n).padStart(7, '0')}`)
  const pair = async (pn: string) => {
    const { id, qr } = await gateway.ask('pair')
    await wa.ask('scan', { pn, qr })
    return id
  }
  const ids: string[] = []
  for (let start = 0; start < count; start += pairedAtOnce)
    ids.push(...(await Promise.all(pns.slice(start, start + pairedAtOnce).map(pair))))
  await gateway.ask('connected', count)
  const drive = (number: number, perSecond: number, share: number) =>
    wa.ask('drive', { pns, perSecond: perSecond || atOnce, count: number, ofGroup: share })
  // The first message of a person, and of a group, sets up the encryption.
  for (const share of [0, 10]) await drive(count, 40, share)

  return {
    url: `http://127.0.0.1:${await gateway.ask('port')}/api/v1`,
    token: await gateway.ask('apiKey'),
    page: `/sessions/${ids[0]}`,
    rss: () => gateway.ask('rss'),
    async drive(number, perSecond) {
      const { lags } = await drive(number, perSecond, ofGroup)
      if (lags.length < number) throw new Error(`${number - lags.length} messages were not receipted in time`)
      return lags
    },
    async close() {
      await gateway.end()
      await wa.end()
      await rm(folder, { recursive: true })
    },
  }
}
