/** Every row, in the order of the table. */
import type { Row } from './row.ts'
import { drivers } from './rows/drivers.ts'
import { eventReaders } from './rows/event-readers.ts'
import { importing } from './rows/import.ts'
import { ingest } from './rows/ingest.ts'
import { journal } from './rows/journal.ts'
import { liveMessages } from './rows/live-messages.ts'
import { livePresence } from './rows/live-presence.ts'
import { media } from './rows/media.ts'
import { memory } from './rows/memory.ts'
import { pageCpu } from './rows/page-cpu.ts'
import { presenceCpu } from './rows/presence-cpu.ts'
import { prism } from './rows/prism.ts'
import { routing } from './rows/routing.ts'
import { sending } from './rows/sending.ts'
import { start } from './rows/start.ts'
import { storedPages } from './rows/stored-pages.ts'
import { webhooks } from './rows/webhooks.ts'

export const rows: readonly Row[] = [
  presenceCpu,
  pageCpu,
  prism,
  routing,
  livePresence,
  sending,
  liveMessages,
  eventReaders,
  webhooks,
  journal,
  storedPages,
  ingest,
  drivers,
  importing,
  media,
  memory,
  start,
]
