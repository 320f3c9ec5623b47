/**
 * The least that a server can do for a page of stored messages: the same SQL on the same driver, written out as it is.
 * Argument: the folder of the database.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Database, Value } from '../../../server/store/sqlite/database.ts'
import { chosenDriver, drivers } from '../../../server/store/sqlite/driver.ts'
import { chatJid, databaseIn, openStore, sessionId } from '../history.ts'
import { answerWith } from '../process.ts'

interface Asked {
  sql: string
  values: Value[]
}

/** Listens to what the store asks of the driver for one page: so the reference can't fall behind the store. */
const statementsOfPage = async (folder: string): Promise<Asked[]> => {
  let asked: Asked[] = []
  for (const driver of Object.values(drivers)) {
    const { open } = driver
    driver.open = async (...args) => {
      const database = await open(...args)
      const all: Database['all'] = (sql, values) => {
        asked.push({ sql, values })
        return database.all(sql, values)
      }
      return { ...database, all }
    }
  }
  const store = await openStore(folder)
  try {
    asked = []
    const page = await store.listMessages(sessionId, chatJid(1), { limit: 50 })
    if (page === undefined) throw new Error('the chat is not stored')
    // Closing asks for more.
    return [...asked]
  } finally {
    await store.close()
  }
}

const [folder = ''] = process.argv.slice(2)
const asked = await statementsOfPage(folder)
const database = await chosenDriver().open(databaseIn(folder), { readOnly: true })

const bracket = '['.charCodeAt(0)

/** The JSON array that the last statement made: text, or the bytes of it. */
const arrayIn = ([row]: Record<string, unknown>[]): Buffer | string => {
  for (const value of Object.values(row ?? {})) {
    if (typeof value === 'string' && value.startsWith('[')) return value
    if (Buffer.isBuffer(value) && value[0] === bracket) return value
  }
  throw new Error('the page has no array')
}

const open = Buffer.from('{"data":')
const close = Buffer.from(',"nextCursor":null}')

const bodyOf = (array: Buffer | string) =>
  typeof array === 'string' ? `${open}${array}${close}` : Buffer.concat([open, array, close])

const server = createServer(async (_request, response) => {
  let rows: Record<string, unknown>[] = []
  for (const { sql, values } of asked) rows = await database.all<Record<string, unknown>>(sql, values)
  const body = bodyOf(arrayIn(rows))
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }).end(body)
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

const answers = { port: () => (server.address() as AddressInfo).port }
export type RawPageProgram = typeof answers

answerWith(answers)
