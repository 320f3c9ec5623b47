/** `npm run mock`: answers every operation with the contract's documented examples; no WhatsApp, no database. */
import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

const usage = `npm run mock -- [options]

  --port N          port on 127.0.0.1 (default 4010; 0 = any free one)
  --document FILE   another contract than the gateway's, bundled, as JSON
  --events N        event streams stay open, and every N seconds the next documented event is sent; 0 = only those
                    that are requested (below)
  --events-to URL   each event is also sent to this receiver, signed as the gateway signs: on this machine or a private network only,
                    because the mock is a tool for developers. Implies --events 2
  --secret whsec_…  the secret that signs them (default: a new one, which is printed)
  --help            this text

Serves the contract's examples. It accepts any token, session and chat, and remembers only idempotency keys. A request
that breaks the contract is refused with its mistakes. Lists have pages: follow nextCursor to its end.

It does not limit calls, and no call changes what another one answers.

A request can choose its answer with a header:

  Prefer: code=501              any status that the operation documents
  Prefer: example=firstPage     an example by its name in the contract; a wrong name is answered with the list of names
  Prefer: dynamic=true          values made up from the schema, different each time

Several go together: Prefer: code=409, example=alreadyPaired

With --events, one event is sent at once by

  curl -X POST http://127.0.0.1:4010/mock/events/message.reaction

and GET /mock/events lists the names. Each has a new id and position; its payload is that of the example.`

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4010' },
    document: { type: 'string' },
    events: { type: 'string' },
    'events-to': { type: 'string' },
    secret: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})

const main = async () => {
  if (values.help) {
    console.log(usage)
    return
  }
  if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65535)
    throw new Error(`--port takes 0 to 65535, not ${values.port}`)
  const events = await eventOptions()
  // Prism takes a second to load, which `--help` need not wait for.
  const { startMock } = await import('./mock/server.ts')
  const mock = await startMock({
    document: values.document && resolve(values.document),
    port: Number(values.port),
    events,
    onAnswer: console.log,
  })
  console.log(`The mock answers on ${mock.url}\n${values.document === undefined ? example(mock.url) : ''}`)
  if (events?.receiver)
    console.log(`Events go to ${events.receiver.url}, signed with\n\n  WEBHOOK_SECRET=${events.receiver.secret}\n`)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => void mock.close().then(() => process.exit(0)))
}

/** @throws Error that says what is wrong with the options */
const eventOptions = async () => {
  const to = values['events-to']
  const { events = to === undefined ? undefined : '2', secret = `whsec_${randomBytes(32).toString('base64')}` } = values
  if (events === undefined) return undefined
  if (!/^\d{1,5}(\.\d+)?$/.test(events)) throw new Error(`--events takes a number of seconds, not ${events}`)
  if (!/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(secret))
    throw new Error('--secret takes whsec_ and at least 24 bytes in base64')
  const { judgeReceiver } = await import('./mock/events/receiver.ts')
  const receiver = to === undefined ? undefined : { url: await judgeReceiver(to), secret }
  return { everySeconds: Number(events), receiver }
}

const example = (url: string) => `
  curl -i '${url}/sessions/any/chats' -H 'Authorization: Bearer any'

  curl -i -X PUT '${url}/sessions/any/chats/6281234567890@s.whatsapp.net/presence' \\
    -H 'Authorization: Bearer any' -H 'Content-Type: application/json' -d '{"state":"composing"}'

Any documented answer: add -H 'Prefer: code=501'. More: npm run mock -- --help
`

main().catch((error: Error) => {
  const hint = error.message.includes('EADDRINUSE') ? '; choose another port: npm run mock -- --port 0' : ''
  console.error(`mock: ${error.message}${hint}`)
  process.exit(1)
})
