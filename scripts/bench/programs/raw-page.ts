/**
 * The least that a server can do for a page of stored messages: the same SQL on the same driver, written out as it is.
 * Argument: the folder of the database.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import sqlite3 from 'sqlite3'
import { chatJid, databaseIn, openStore, sessionId } from '../history.ts'
import { answerWith } from '../process.ts'

interface Asked {
  sql: string
  values: unknown[]
}

type All = (values: unknown[], done: (error: Error | null, rows: Record<string, unknown>[]) => void) => void

/** Listens to what the store asks of the driver for one page: so the reference can't fall behind the store. */
const statementsOfPage = async (folder: string): Promise<Asked[]> => {
  const store = await openStore(folder)
  const asked: Asked[] = []
  const prototype = sqlite3.Statement.prototype as unknown as { all: All; sql: string }
  const { all } = prototype
  prototype.all = function (this: typeof prototype, values, done) {
    asked.push({ sql: this.sql, values })
    all.call(this, values, done)
  }
  try {
    const page = await store.listMessages(sessionId, chatJid(1), { limit: 50 })
    if (page === undefined) throw new Error('the chat is not stored')
  } finally {
    prototype.all = all
    await store.close()
  }
  return asked
}

const [folder = ''] = process.argv.slice(2)
const asked = await statementsOfPage(folder)
const database = new sqlite3.Database(databaseIn(folder), sqlite3.OPEN_READONLY)
const prepared = asked.map(({ sql, values }) => ({ statement: database.prepare(sql), values }))

const rowsOf = ({ statement, values }: (typeof prepared)[number]) =>
  new Promise<Record<string, unknown>[]>((resolve, reject) =>
    statement.all<Record<string, unknown>>(values, (error, rows) => (error ? reject(error) : resolve(rows))),
  )

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
  for (const each of prepared) rows = await rowsOf(each)
  const body = bodyOf(arrayIn(rows))
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }).end(body)
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

const answers = { port: () => (server.address() as AddressInfo).port }
export type RawPageProgram = typeof answers

answerWith(answers)
