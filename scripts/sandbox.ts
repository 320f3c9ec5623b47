/** `npm run sandbox`: everything that the API can do, without a phone. */
import { rename, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { stringify } from 'yaml'
import { createLog } from '../server/process/log.ts'
import { type Sandbox, startSandbox } from './sandbox/sandbox.ts'

const usage = `npm run sandbox -- [options]

  --port N            port of the gateway on 127.0.0.1 (default 3000; 0 = any free one)
  --target-file FILE  also write the conformance suite's target file (JSON if FILE ends in .json, otherwise YAML)
  --log LEVEL         log level of the gateway (default silent)
  --help              this text

Runs until Ctrl-C, then deletes everything that it created.`

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '3000' },
    'target-file': { type: 'string' },
    log: { type: 'string', default: 'silent' },
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
  const started = performance.now()
  const sandbox = await startSandbox({
    port: Number(values.port),
    log: createLog(values.log),
    onStep: (step) => console.log(`… ${step}`),
  })
  if (values['target-file'] !== undefined) await writeTarget(values['target-file'], sandbox)
  print(sandbox, (performance.now() - started) / 1000)
  sandbox.loopback.on('chatstate', ({ account, to, state }) =>
    console.log(`WhatsApp saw: ${account} is ${state} in ${to}`),
  )
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void stop(sandbox))
}

const stop = async (sandbox: Sandbox) => {
  // A second signal finds no listener and ends the process at once.
  console.log('\nending the sandbox')
  await sandbox.close()
  process.exit(0)
}

/** Written whole or not at all: whoever waits for the file may read it at once. */
const writeTarget = async (file: string, { target }: Sandbox) => {
  const text = file.endsWith('.json') ? `${JSON.stringify(target, undefined, 2)}\n` : stringify(target)
  await writeFile(`${file}.part`, text, { mode: 0o600 })
  await rename(`${file}.part`, file)
}

const print = ({ url, target, pacedSession }: Sandbox, seconds: number) => {
  const { tokens, fixtures } = target
  const presence = (token: string, session: string, body = '{"state":"composing"}') =>
    `  curl -i -X PUT '${url}/sessions/${session}/chats/${fixtures.chat.id}/presence' \\
    -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' -d '${body}'`
  console.log(`
Parley sandbox, ready in ${seconds.toFixed(1)} s. Nothing here reaches the real WhatsApp.

  API        ${url}
  reference  ${new URL(url).origin}/docs

Sessions
  connected                ${fixtures.liveSession}
  not connected            ${fixtures.offlineSession}
  another organization's   ${fixtures.otherOrgSession}
  with limits              ${pacedSession}

Tokens
  all capabilities         ${tokens.full}
  read only                ${tokens.readOnly}
  send only                ${tokens.sendOnly}
  manage only              ${tokens.manageOnly}
  another organization's   ${tokens.otherOrg}
  login of an owner        ${tokens.ownerLogin}
  login of a member        ${tokens.memberLogin}

Show "typing…" in a chat: 204
${presence(tokens.full, fixtures.liveSession)}

The same where no client is connected: 501
${presence(tokens.full, fixtures.offlineSession)}

The same with a key that may only read: 403
${presence(tokens.readOnly, fixtures.liveSession)}

Read a chat's messages, newest first
  curl -s '${url}/sessions/${fixtures.liveSession}/chats/${fixtures.chat.id}/messages?limit=3' \\
    -H 'Authorization: Bearer ${tokens.readOnly}'

Ctrl-C ends it.`)
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error)
  const hint = message.includes('EADDRINUSE') ? '; choose another port: npm run sandbox -- --port 0' : ''
  console.error(`sandbox: ${message}${hint}`)
  process.exit(1)
})
