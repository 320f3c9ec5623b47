/**
 * The control: a plain consumer of the same library, as a process, which also sends: asked for a message, it sends it, then stores it,
 * then answers. Arguments: file of the database, URL and root key of WhatsApp.
 */
import type { WASocket } from '@whiskeysockets/baileys'
import type { Value } from '../../../server/store/sqlite/database.ts'
import { chosenDriver } from '../../../server/store/sqlite/driver.ts'
import { openPlainConsumers, type PlainDatabase } from './plain-consumers.ts'

/** What the parent asks for. */
export interface SendOrder {
  send: { to: string; text: string }
}

const [file = '', url = '', rootKey = ''] = process.argv.slice(2)
process.once('disconnect', () => process.exit(0))
// Through the seam that the shim wraps, so that this process can be killed at a statement; the driver takes one call at a time.
const opened = await chosenDriver().open(file, { readOnly: false })
let last: Promise<unknown> = Promise.resolve()
const database: PlainDatabase = {
  all: <Row>(sql: string, values: Value[]) => {
    const result = last.then(() => opened.all<Row>(sql, values))
    last = result.catch(() => {})
    return result
  },
}
await database.all('CREATE TABLE IF NOT EXISTS sent (id TEXT PRIMARY KEY, text TEXT)', [])
const consumers = await openPlainConsumers(database, url, rootKey)
const connected = Promise.withResolvers<WASocket>()
let socket = connected.promise

process.on('message', async (order: Partial<SendOrder>) => {
  if (order.send === undefined) return
  const { to, text } = order.send
  const message = await (await socket).sendMessage(to, { text })
  await database.all('INSERT INTO sent VALUES (?, ?)', [message?.key.id ?? null, text])
  process.send?.({ sent: text })
})

await consumers.connect('', {
  qr: (qr) => process.send?.({ qr }),
  open: (open) => {
    connected.resolve(open)
    socket = Promise.resolve(open)
  },
})
