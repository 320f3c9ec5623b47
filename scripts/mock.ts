/**
 * `npm run mock`: Prism on the contract. Answers every operation with its documented examples, no WhatsApp, no database.
 *   -- --port N          port on 127.0.0.1 (default 4010)
 *   -- --document FILE   another contract than the gateway's
 */
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const gateway = join(import.meta.dirname, '../generated/openapi.json')
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4010' },
    document: { type: 'string', default: gateway },
    help: { type: 'boolean' },
  },
})
if (values.help) {
  console.log(`npm run mock [-- --port N] [--document FILE]

  serves the contract with Prism on http://127.0.0.1:N (default 4010), or another OpenAPI document`)
  process.exit(0)
}
if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65535) {
  console.error(`mock: --port takes 0 to 65535, not ${values.port}`)
  process.exit(2)
}

const prism = createRequire(import.meta.url).resolve('@stoplight/prism-cli/dist/index.js')
const document = resolve(values.document)

const usage = `Try:

  curl -i -X PUT 'http://127.0.0.1:${values.port}/sessions/any/chats/6281234567890@s.whatsapp.net/presence' \\
    -H 'Authorization: Bearer any' -H 'Content-Type: application/json' -d '{"state":"composing"}'

Any documented answer on request: add -H 'Prefer: code=501'
`
console.log(`The mock answers on http://127.0.0.1:${values.port} (without /api/v1: Prism serves the paths bare).
${values.document === gateway ? usage : ''}`)

// Started by its own file, not through npx: a signal to npx would leave Prism running.
const child = spawn(process.execPath, [prism, 'mock', document, '--host', '127.0.0.1', '--port', values.port], {
  stdio: 'inherit',
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
child.once('exit', (code) => process.exit(code ?? 0))
