/** The gateway as `npm start` runs it, against a WhatsApp on loopback. Arguments: folder, URL and root key of that WhatsApp, URL of its media host. */
import { readConfig } from '../../../server/config.ts'
import { startGateway } from '../../../server/start.ts'
import { unlimited, unlimitedRates } from '../../unlimited.ts'
import { addApiKey, chatJid, organization } from '../history.ts'
import { answerWith } from '../process.ts'
import { until } from '../until.ts'

const [folder = '', url = '', rootKey = '', mediaUrl] = process.argv.slice(2)
const running = await startGateway(
  readConfig({
    ...unlimited,
    PORT: '0',
    DATA_DIR: folder,
    WHATSAPP_URL: url,
    WHATSAPP_TEST_ROOT_KEY: rootKey,
    WHATSAPP_MEDIA_URL: mediaUrl,
    LOG_LEVEL: 'error',
    STORE_DRIVER: process.env.STORE_DRIVER,
  }),
)
const { store, supervisor } = running

const answers = {
  port: () => Number(new URL(running.url).port),
  apiKey: () => addApiKey(store),
  /** Makes a session and begins to pair it. @returns its id and the code to scan */
  pair: async () => {
    const { id } = await supervisor.create({ organizationId: organization, start: true })
    await supervisor.changeSettings(id, unlimitedRates)
    return { id, qr: (await until('a code', () => supervisor.qrOf(id))).code }
  },
  /** Resolves when so many sessions are connected. */
  connected: async (count: number) => {
    await until(
      `${count} sessions to be connected`,
      async () => (await supervisor.census()).byStatus.working >= count || undefined,
      120_000,
    )
  },
  /** One presence after the other. @returns how many, and how long it took */
  presences: async ({ id, ms }: { id: string; ms: number }) => {
    const started = performance.now()
    let calls = 0
    for (; performance.now() - started < ms; calls++) {
      const state = calls % 2 === 0 ? 'composing' : 'paused'
      await supervisor.calls.call(id, 'presence.send', { jid: chatJid(calls % 10), state }, { withinMs: 15_000 })
    }
    return { calls, ms: performance.now() - started }
  },
}
export type LiveGatewayProgram = typeof answers

answerWith(answers, () => running.close())
