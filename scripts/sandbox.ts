/** `npm run sandbox`: everything that the API can do, without a phone. */
import { rename, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { stringify } from 'yaml'
import { startControl } from '../loopback/index.ts'
import { createLog } from '../server/process/log.ts'
import { startFiles } from './sandbox/files.ts'
import { greeting } from './sandbox/greeting.ts'
import { listenToKeys } from './sandbox/keys.ts'
import { createOtherSide, type OtherSide } from './sandbox/other-side.ts'
import { type Sandbox, startSandbox } from './sandbox/sandbox.ts'
import { sayWhatIsSeen } from './sandbox/seen.ts'

const usage = `npm run sandbox -- [options]

  --port N            port of the gateway on 127.0.0.1 (default 3000; 0 = any free one)
  --control-port N    port that controls phones, messages and faults (default 0: any free one)
  --target-file FILE  also write the conformance suite's target file (JSON if FILE ends in .json, otherwise YAML)
  --show-logins       print the login tokens too; they are in the target file in any case
  --log LEVEL         log level of the gateway (default silent)
  --help              this text

Browser pages of any origin on this machine may call it. Runs until Ctrl-C, then deletes everything that it created.`

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '3000' },
    'control-port': { type: 'string', default: '0' },
    'target-file': { type: 'string' },
    'show-logins': { type: 'boolean', default: false },
    log: { type: 'string', default: 'silent' },
    help: { type: 'boolean', short: 'h' },
  },
})

const main = async () => {
  if (values.help) {
    console.log(usage)
    return
  }
  const started = performance.now()
  const port = portOf('port')
  const controlPort = portOf('control-port')
  const sandbox = await startSandbox({ port, log: createLog(values.log), onStep: (step) => console.log(`… ${step}`) })
  const otherSide = otherSideOf(sandbox)
  const control = await startControl(sandbox.loopback, controlPort, {
    'POST /sandbox/scan': async () => ({ done: await otherSide.scan() }),
    'POST /sandbox/message': async (_, fields) => ({ done: await otherSide.message(fields.optionalText('text')) }),
    'POST /sandbox/react': async (_, fields) => ({ done: await otherSide.react(fields.optionalText('emoji')) }),
    'POST /sandbox/edit': async (_, fields) => ({ done: await otherSide.edit(fields.optionalText('text')) }),
    'POST /sandbox/refuse': async (_, fields) => ({ done: await otherSide.refuse(fields.optionalNumber('code')) }),
    'POST /sandbox/misread': async () => ({ done: await otherSide.misread() }),
    'POST /sandbox/drop': async () => ({ done: await otherSide.drop() }),
  }).catch(async (error: unknown) => {
    await sandbox.close()
    throw error
  })
  const files = await startFiles()
  const end = ending(async () => {
    await files.close()
    await control.close()
    await sandbox.close()
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
  if (process.stdin.isTTY) listenToKeys(process.stdin, otherSide, { say: console.log, end })
  if (values['target-file'] !== undefined) await writeTarget(values['target-file'], sandbox)
  console.log(
    greeting(sandbox, {
      controlUrl: control.url,
      files,
      seconds: (performance.now() - started) / 1000,
      withKeys: process.stdin.isTTY === true,
      withLogins: values['show-logins'],
    }),
  )
  sayWhatIsSeen(sandbox.loopback, console.log)
}

const portOf = (option: 'port' | 'control-port'): number => {
  const port = Number(values[option])
  if (!/^\d{1,5}$/.test(values[option]) || port > 65535)
    throw new Error(`--${option} takes 0 to 65535, not ${values[option]}`)
  return port
}

const otherSideOf = ({ url, loopback, phone, target }: Sandbox): OtherSide => {
  const { chat } = target.fixtures
  const name = loopback.account({ pn: chat.id }).name
  const get = async (path: string) => {
    const answer = await fetch(url + path, { headers: { Authorization: `Bearer ${target.tokens.full}` } })
    return answer.status === 200 ? answer.json() : undefined
  }
  return createOtherSide({ loopback, phone, contact: { jid: chat.id, name }, get })
}

/** Asked a second time, the process ends at once. */
const ending = (close: () => Promise<void>) => {
  let asked = false
  return () => {
    if (asked) process.exit(1)
    asked = true
    console.log('\nending the sandbox')
    void close().then(() => process.exit(0))
  }
}

/** Written atomically, because a program that waits for the file may read it at once. */
const writeTarget = async (file: string, { target }: Sandbox) => {
  const text = file.endsWith('.json') ? `${JSON.stringify(target, undefined, 2)}\n` : stringify(target)
  await writeFile(`${file}.part`, text, { mode: 0o600 })
  await rename(`${file}.part`, file)
}

const isTaken = (error: unknown): boolean =>
  error instanceof Error && (('code' in error && error.code === 'EADDRINUSE') || isTaken(error.cause))

main().catch((error: unknown) => {
  const words = isTaken(error)
    ? `port ${values.port} or ${values['control-port']} is in use; npm run sandbox -- --port 0 takes a free one`
    : error instanceof Error
      ? error.message
      : String(error)
  console.error(`sandbox: ${words}`)
  process.exit(1)
})
