/** The whole gateway on its database, with a WhatsApp that costs nothing. Argument: the folder of the database. */

import { join } from 'node:path'
import { createApiKeys } from '../../../server/auth/api-key.ts'
import { createAuthenticate } from '../../../server/auth/bearer.ts'
import { createLoginTokens } from '../../../server/auth/login-token.ts'
import { createNews } from '../../../server/events/news.ts'
import { createReaders } from '../../../server/events/readers.ts'
import { createGateway } from '../../../server/gateway.ts'
import { createIntake } from '../../../server/intake/intake.ts'
import { createBuckets } from '../../../server/limits/buckets.ts'
import { noLimits } from '../../../server/limits/limits.ts'
import { openMediaFiles } from '../../../server/media/media-files.ts'
import { createMetrics } from '../../../server/metrics.ts'
import { createSupervisor } from '../../../server/sessions/supervisor.ts'
import { watchStore } from '../../../server/store/health.ts'
import { noFiles, noUploads } from '../../../server/uploads/no-uploads.ts'
import { noWebhooks } from '../../../server/webhooks/no-webhooks.ts'
import { createMediaReader } from '../../../server/whatsapp/baileys.ts'
import { startLoginServer } from '../../sandbox/login-server.ts'
import {
  addApiKey,
  historyOf,
  me,
  openStoreWithSession,
  organization,
  type Size,
  sessionId,
  silent,
} from '../history.ts'
import { answerWith } from '../process.ts'
import { createSilentWhatsApp } from '../silent-whatsapp.ts'

const [folder = ''] = process.argv.slice(2)
const clock = Date.now
const log = silent
const store = await openStoreWithSession(folder)
const login = await startLoginServer()
const whatsapp = createSilentWhatsApp(me)
const supervisor = await createSupervisor({
  store,
  whatsapp,
  files: noUploads,
  clock,
  log,
  intake: createIntake({ store, clock, log, onCommitted: () => {} }),
})
const health = watchStore({ store, log })
const gateway = await createGateway({
  store,
  supervisor,
  news: createNews(),
  readers: createReaders(noLimits),
  authenticate: createAuthenticate({
    apiKeys: createApiKeys({ store, clock, log }),
    loginTokens: createLoginTokens({ ...login, jwksUrl: new URL(login.jwksUrl), clock, log }),
  }),
  gatewayId: 'gw_bench',
  clock,
  log,
  metrics: createMetrics({
    sessions: () => supervisor.census(),
    store: () => health.reason,
    writes: store.writesWaiting,
    readers: () => 0,
    outgoing: store.countOutgoing,
    clock,
    backlogMs: () => 0,
  }),
  media: await openMediaFiles({ folder: join(folder, 'media'), maxBytesPerSession: 0 }),
  attachments: createMediaReader(),
  ...noFiles,
  ...noWebhooks,
  notReady: health.check,
  corsOrigins: [],
  trustedProxies: [],
  limits: noLimits,
  pace: createBuckets({ clock: () => performance.now() }),
})
const url = new URL(await gateway.listen(0, '127.0.0.1'))
supervisor.resume()

const answers = {
  port: () => Number(url.port),
  /** Of a person, verified once and then remembered until it expires. */
  loginToken: () => login.token({ sub: 'user_bench', activeOrganizationId: organization, orgRole: 'owner' }),
  apiKey: () => addApiKey(store),
  fill: (size: Size) => whatsapp.tellHistory(sessionId, historyOf(size)),
  /** Imports history as the adapter does, while requests are served. @returns milliseconds that it took */
  importHistory: async ({ chapter, ...size }: Size & { chapter: number }) => {
    const started = performance.now()
    await whatsapp.tellHistory(sessionId, historyOf(size, chapter))
    return performance.now() - started
  },
}
export type GatewayProgram = typeof answers

answerWith(answers, async () => {
  await gateway.close()
  await supervisor.close()
  health.close()
  await store.close()
  await login.close()
})
