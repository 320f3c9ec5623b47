// Receives events of a webhook. WEBHOOK_SECRET=whsec_… node receive.mjs, then create a webhook for http://<this machine>:4020/
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'

const { WEBHOOK_SECRET = '', PORT = '4020' } = process.env
const key = Buffer.from(WEBHOOK_SECRET.replace(/^whsec_/, ''), 'base64')
if (key.length < 24) throw new Error('WEBHOOK_SECRET is the secret that the webhook was created with: whsec_…')

const isSigned = (headers, body) => {
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signatures = '' } = headers
  if (!(Math.abs(Date.now() / 1000 - Number(time)) < 300)) return false
  const digest = createHmac('sha256', key).update(`${id}.${time}.`).update(body).digest('base64')
  const wanted = Buffer.from(`v1,${digest}`)
  const given = signatures.split(' ').map((one) => Buffer.from(one))
  return given.some((one) => one.length === wanted.length && timingSafeEqual(one, wanted))
}

const known = new Set() // In a database, together with what you do about the event.

const server = createServer(async (request, response) => {
  const parts = []
  for await (const part of request) parts.push(part)
  const body = Buffer.concat(parts)
  if (!isSigned(request.headers, body)) return response.writeHead(401).end()
  const event = JSON.parse(body)
  if (!known.has(event.id)) console.log(event.event, event.id, JSON.stringify(event.payload))
  known.add(event.id)
  response.writeHead(204).end()
})
server.listen(Number(PORT), '127.0.0.1', () => console.log(`receiving on http://127.0.0.1:${server.address().port}/`))
