#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { startControl } from './control/control.ts'
import { startLoopback } from './loopback.ts'

const HELP = `A WhatsApp on 127.0.0.1, for tests.

  whatsapp-loopback [--port N] [--media-port N] [--control-port M]

  --port N          where clients connect; default 0: any free port
  --media-port N    where files are; default 0: any free port
  --control-port M  the HTTP control port; default 0: any free port
  --help            this text

When ready it prints one line of JSON: {"url", "rootPublicKey", "mediaUrl", "controlUrl"}.
It runs until SIGINT or SIGTERM. GET the control URL for its verbs.
`

// The encryption library prints sessions with their private keys; this process prints its one line and errors only.
console.log = console.info = console.warn = console.error = () => {}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      'media-port': { type: 'string' },
      'control-port': { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return
  }
  const wa = await startLoopback({ port: portOf(values.port), mediaPort: portOf(values['media-port']) })
  const control = await startControl(wa, portOf(values['control-port'])).catch(async (error: unknown) => {
    await wa.close()
    throw error
  })
  const stop = async () => {
    await control.close()
    await wa.close()
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  const ready = { url: wa.url, rootPublicKey: wa.rootPublicKey, mediaUrl: wa.mediaUrl, controlUrl: control.url }
  process.stdout.write(`${JSON.stringify(ready)}\n`)
}

function portOf(text = '0'): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) throw new Error(`not a port: ${text}`)
  return port
}

main().catch((error: unknown) => {
  process.stderr.write(`whatsapp-loopback: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
})
