/** Plain consumers of the library, in one process. Arguments: file of the database, URL and root key of a WhatsApp on loopback. */
import { openPlainConsumers, openPlainDatabase } from '../../faults/control/plain-consumers.ts'
import { answerWith } from '../process.ts'
import { until } from '../until.ts'

const [file = '', url = '', rootKey = ''] = process.argv.slice(2)
const consumers = await openPlainConsumers(openPlainDatabase(file), url, rootKey)

let accounts = 0
let opened = 0

const answers = {
  /** Connects one more. @returns the code to scan */
  pair: async () => {
    accounts += 1
    const code = Promise.withResolvers<string>()
    await consumers.connect(`${accounts}`, {
      qr: code.resolve,
      open: () => {
        opened += 1
      },
    })
    return { qr: await code.promise }
  },
  /** Resolves when so many are connected. */
  connected: async (count: number) => {
    await until(`${count} consumers to be connected`, () => opened >= count || undefined, 120_000)
  },
}
export type PlainConsumersProgram = typeof answers

answerWith(answers)
