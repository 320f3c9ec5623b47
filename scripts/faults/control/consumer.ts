/** The control: a plain consumer of the same library, as a process. Arguments: file of the database, URL and root key of WhatsApp. */
import { openPlainConsumers } from './plain-consumers.ts'

const [file = '', url = '', rootKey = ''] = process.argv.slice(2)
process.once('disconnect', () => process.exit(0))
const consumers = await openPlainConsumers(file, url, rootKey)
await consumers.connect('', { qr: (qr) => process.send?.({ qr }) })
