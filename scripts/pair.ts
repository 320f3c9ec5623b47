/**
 * `npm run pair`: links a phone from the terminal. Makes a session (or takes one), shows its QR code, and follows it until
 * it works. An ordinary client of the API: it needs the base URL and a key with the manage capability.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { terminalCode } from './terminal-code.ts'

const usage = `PARLEY_KEY=wa_… npm run pair -- [--url URL] [--session ID] [--label TEXT]

  PARLEY_KEY     an API key with the manage capability; taken from the environment because every user of the machine can
                 read the arguments of a command
  --url URL      base URL of the gateway (default http://127.0.0.1:3000/api/v1)
  --session ID   an existing session; without it a new one is created
  --label TEXT   a name for the new session`

interface Session {
  id: string
  status: string
  statusReason?: string
  phoneNumber?: string
}

const key = process.env.PARLEY_KEY ?? ''

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:3000/api/v1' },
    session: { type: 'string' },
    label: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})

const call = async (method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> => {
  const response = await fetch(values.url + path, {
    method,
    headers: {
      Authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  })
  return { status: response.status, body: response.status === 204 ? undefined : await response.json() }
}

const expectSession = ({ status, body }: { status: number; body: unknown }): Session => {
  if (status >= 400) throw new Error(`the gateway answered ${status}: ${messageOf(body)}`)
  return body as Session
}

const messageOf = (body: unknown) => (body as { error?: { message?: string } }).error?.message ?? 'no message'

const follow = async (id: string): Promise<void> => {
  let shown = ''
  for (;;) {
    const session = expectSession(await call('GET', `/sessions/${id}`))
    if (session.status === 'working') {
      console.log(`Linked. The session is ${id}; its messages are arriving.

Its chats, the latest first:

  curl '${values.url}/sessions/${id}/chats?limit=5' -H "Authorization: Bearer $PARLEY_KEY"; echo

The reference: ${new URL(values.url).origin}/docs`)
      return
    }
    if (['failed', 'stopped', 'logged_out'].includes(session.status))
      throw new Error(`the session is ${session.status}: ${session.statusReason ?? 'start it again'}`)
    const qr = await call('GET', `/sessions/${id}/qr`)
    const code = qr.status === 200 ? (qr.body as { code: string }).code : shown
    if (code !== shown) console.log(`${await terminalCode(code, process.stdout)}\n`)
    shown = code
    await pause(1_000)
  }
}

const main = async () => {
  if (values.help) {
    console.log(usage)
    return
  }
  if (key === '') throw new Error(`a key is needed\n\n${usage}`)
  const session = expectSession(
    values.session === undefined
      ? await call('POST', '/sessions', { start: true, ...(values.label !== undefined && { label: values.label }) })
      : await call('POST', `/sessions/${values.session}:start`),
  )
  await follow(session.id)
}

main().catch((error: unknown) => {
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : ''
  console.error(`pair: ${error instanceof Error ? error.message : String(error)}${cause}`)
  process.exitCode = 1
})
