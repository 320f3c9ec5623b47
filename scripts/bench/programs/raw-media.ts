/** The least that a server can do for a file that is stored encrypted. Arguments: an empty folder, bytes of the file. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream'
import { answerWith } from '../process.ts'

const [folder = '', bytes = ''] = process.argv.slice(2)
const file = join(folder, 'file')
const [key, iv] = [randomBytes(32), randomBytes(16)]
const cipher = createCipheriv('aes-256-cbc', key, iv)
await writeFile(file, Buffer.concat([cipher.update(randomBytes(Number(bytes))), cipher.final()]))

const server = createServer((_request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': bytes })
  pipeline(createReadStream(file), createDecipheriv('aes-256-cbc', key, iv), response, () => {})
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

const answers = { port: () => (server.address() as AddressInfo).port }
export type RawMediaProgram = typeof answers

answerWith(answers)
