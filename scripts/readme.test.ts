/** README's promises: its links lead somewhere, its commands exist and run. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { equivalents, mutants } from '../conformance/mutants/catalogue/index.ts'
import { representativeContractMutants } from '../conformance/mutants/contract.ts'
import { degenerates } from '../conformance/mutants/degenerate.ts'
import { startLoopback } from '../loopback/index.ts'
import { freePort } from '../test/support/free-port.ts'
import type { Target } from './sandbox/target.ts'

const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const scripts = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts as Record<string, string>
const run = promisify((await import('node:child_process')).execFile)

let dir: string
const children: ChildProcess[] = []

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'parley-readme-'))
})
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null) continue
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    await exit
  }
  await rm(dir, { recursive: true, force: true })
})

/** What a process says. @throws when it ends before it has said what is waited for */
const listen = (child: ChildProcess) => {
  children.push(child)
  let output = ''
  const waiting = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output += chunk
      for (const look of waiting) look()
    })
  const until = (what: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!what.test(output)) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      child.once('exit', () => reject(new Error(`it has ended: ${output}`)))
      look()
    })
  return { output: () => output, until }
}

/** Starts an npm script by its own command line, and resolves once `ready` is in its output. */
const start = async (script: string, args: string[], ready: RegExp, env: Record<string, string> = {}) => {
  const command = [...(scripts[script] ?? '').split(' && ')].at(-1)?.split(' ') ?? []
  const started = listen(
    spawn(command[0] ?? '', [...command.slice(1), ...args], { cwd: root, env: { ...process.env, ...env } }),
  )
  await started.until(ready)
  return started
}

/** Pastes the sandbox's line that starts a receiver, with another port. */
const receive = async (greeting: string) => {
  const [, line = ''] = /^Or receive them at a webhook.*\n([\s\S]*?)\n\n/m.exec(greeting) ?? []
  const port = String(await freePort())
  const command = line.replace('4020', port).replace('node examples', 'exec node examples')
  const receiver = listen(spawn('bash', ['-c', command], { cwd: root, env: { ...process.env, PORT: port } }))
  await receiver.until(/^receiving on /m)
  return receiver
}

test('each npm script that README names exists', () => {
  const named = [...readme.matchAll(/npm (?:run )?([a-z][a-z:-]*)/g)].map(([, name]) => String(name))
  expect(
    [...new Set(named)].filter((name) => !['ci', 'rebuild'].includes(name) && scripts[name] === undefined),
  ).toEqual([])
})

test('each file that README links exists', () => {
  const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path]) => String(path))
  expect(links.filter((path) => !existsSync(join(root, path)))).toEqual([])
})

test('each file that the page about the architecture names exists', () => {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
  const named = [...page.matchAll(/`((?:server|scripts|conformance)\/[^`]*)`/g)].map(([, path]) => String(path))
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([])
})

test('sandbox: each curl that it prints gets the status that stands above it, and WhatsApp sees what was sent', async () => {
  const sandbox = await start('sandbox', ['--port', '0', '--target-file', join(dir, 'target.json')], /Ctrl-C ends it/)
  const printed = [...sandbox.output().matchAll(/: (\d{3})\n {2}(curl [\s\S]*?)\n\n/g)]
  expect(printed.map(([, status]) => status)).toEqual(['200', '501', '202', '403', '200', '204'])
  const paste = async (command: string | undefined) => (await run('bash', ['-c', command ?? ''])).stdout
  for (const [, status, command] of printed) expect(await paste(command)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  const shown = /Budi Santoso's phone shows "Your table is free at seven\." from 628111000001@s\.whatsapp\.net/g
  await sandbox.until(shown)
  expect(await paste(printed[0]?.[2])).toMatch(/^HTTP\/1\.1 200 [\s\S]*idempotency-replayed: true/i)
  await sandbox.until(/WhatsApp saw: 628111000001@s\.whatsapp\.net is composing in 628222000001@s\.whatsapp\.net/)
  const target = JSON.parse(await readFile(join(dir, 'target.json'), 'utf8')) as Target
  expect(target.fixtures.chat.messageIds.length).toBeGreaterThan(200)
  expect(sandbox.output()).toContain(target.tokens.full)
  expect(sandbox.output()).not.toContain(target.tokens.ownerLogin)

  const api = async (method: string, path: string, body?: object) => {
    const answer = await fetch(target.baseUrl + path, {
      method,
      headers: { Authorization: `Bearer ${target.tokens.full}`, ...(body && { 'Content-Type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  const lines = [...sandbox.output().matchAll(/^ {2}(curl -X POST '\S+\/sandbox\/(\w+)'[\s\S]*?(?<!\\))$/gm)]
  const act = async (name: string) => {
    const line = lines[0]?.[1]?.replace('/sandbox/message', `/sandbox/${name}`) ?? ''
    return JSON.parse((await run('bash', ['-c', line])).stdout) as { done?: string; error?: string }
  }
  expect(lines.map(([, , name]) => name)).toEqual(['message', 'drop', 'scan'])

  const receiver = await receive(sandbox.output())
  const { done } = await act('message')
  const text = /^Budi Santoso has written: (.+)$/.exec(done ?? '')?.[1]
  const newest = `/sessions/${target.fixtures.liveSession}/chats/${target.fixtures.chat.id}/messages?limit=1`
  await vi.waitFor(
    async () => expect((await api('GET', newest)).body).toMatchObject({ data: [{ body: text }] }),
    60_000,
  )
  await receiver.until(/^message evt_.*\n/m)
  expect(receiver.output()).toContain(`"body":${JSON.stringify(text)}`)

  expect(await act('react')).toEqual({ done: expect.stringMatching(/^Budi Santoso has reacted with 👍 to /) })
  expect(await act('edit')).toEqual({ done: expect.stringMatching(/^Budi Santoso has edited /) })
  await act('misread')
  expect(await paste(printed[0]?.[2]?.replace('table-at-seven', 'read-later'))).toMatch(/^HTTP\/1\.1 200 /)
  await sandbox.until(/Budi Santoso's phone cannot read a message, and requests it again/)
  await act('refuse')
  expect(await paste(printed[0]?.[2]?.replace('table-at-seven', 'refused'))).toMatch(/^HTTP\/1\.1 403 /)
  await sandbox.until(/WhatsApp refused a message to 628222000001@s\.whatsapp\.net: 463/)
  // Asked for again, and then shown: so the text that was pasted twice would have been, too.
  await vi.waitFor(() => expect(sandbox.output().match(shown)).toHaveLength(2), 60_000)

  expect(await act('scan')).toEqual({ error: expect.stringContaining('no session shows a QR code') })
  const { body: created } = await api('POST', '/sessions', { start: true })
  await vi.waitFor(async () => expect((await api('GET', `/sessions/${created.id}/qr`)).status).toBe(200), 60_000)
  expect(await act('scan')).toEqual({ done: expect.stringContaining(String(created.id)) })
  const chats = `/sessions/${created.id}/chats`
  await vi.waitFor(async () => expect((await api('GET', chats)).body.data).toHaveLength(2), 60_000)

  expect(await act('drop')).toEqual({ done: expect.stringContaining('dropped') })
  const live = `/sessions/${target.fixtures.liveSession}`
  await vi.waitFor(async () => expect((await api('GET', live)).body).toMatchObject({ status: 'working' }), 60_000)
}, 240_000)

test('mock: the curls that it prints are answered', async () => {
  const mock = await start('mock', ['--port', '0'], /Any documented answer/)
  const commands = [...mock.output().matchAll(/^ {2}(curl [\s\S]*?)\n\n/gm)].map(([, command]) => String(command))
  const answers = await Promise.all(commands.map(async (command) => (await run('bash', ['-c', command])).stdout))
  expect(answers.map((answer) => answer.slice(0, 12))).toEqual(['HTTP/1.1 200', 'HTTP/1.1 204'])
}, 60_000)

test('with your own phone: start, key, pair in the terminal, picture of the code, first message, first presence', async () => {
  const loopback = await startLoopback()
  try {
    const env = {
      PORT: '0',
      DATA_DIR: dir,
      WHATSAPP_URL: loopback.url,
      WHATSAPP_TEST_ROOT_KEY: loopback.rootPublicKey,
    }
    const gateway = await start('start', [], /first key .*\n/, env)
    const url = /API\s+(http\S+)/.exec(gateway.output())?.[1] ?? ''
    const [make = ''] = /npm run keys -- create .*/.exec(readme) ?? []
    const made = await run('node', ['scripts/keys.ts', ...make.split(' ').slice(4)], {
      cwd: root,
      env: { ...process.env, DATA_DIR: dir },
    })
    const key = made.stdout.trim().split('\n').at(-1) ?? ''

    const pair = await start('pair', ['--url', url], /Linked devices/, { PARLEY_KEY: key })
    const block =
      /The same by hand[\s\S]*?```sh\n([\s\S]*?)```[\s\S]*?```sh\n([\s\S]*?)```[\s\S]*?```sh\n([\s\S]*?)```/.exec(
        readme,
      )
    const [, byHand = '', hello = '', presence = ''] = block ?? []
    const [create = ''] = byHand.split('\n')
    const picture = byHand.split('\n').find((line) => line.includes('qr.png')) ?? ''
    const sessions = await (await fetch(`${url}/sessions`, { headers: { Authorization: `Bearer ${key}` } })).json()
    const [{ id }] = (sessions as { data: [{ id: string }] }).data
    const shell = (command: string) =>
      run('bash', ['-c', command.replaceAll('http://127.0.0.1:3000/api/v1', url)], {
        cwd: dir,
        env: { ...process.env, PARLEY_KEY: key, SESSION: id },
      })
    const { stdout: created } = await shell(create)
    expect(created).toContain('"status":"starting"')
    expect((await shell(create)).stdout).toBe(created)
    await shell(picture)
    expect((await readFile(join(dir, 'qr.png'))).subarray(1, 4).toString()).toBe('PNG')

    const answer = await fetch(`${url}/sessions/${id}/qr`, { headers: { Authorization: `Bearer ${key}` } })
    const { code } = (await answer.json()) as { code: string }
    await loopback.account({ pn: '628111000009' }).phone.scanQR(code)
    await pair.until(/Linked\. The session is[\s\S]*docs\n/)
    const [chats = ''] = /curl .*/.exec(pair.output()) ?? []
    expect(JSON.parse((await shell(chats)).stdout)).toEqual({ data: [], nextCursor: null })
    loopback.account({ pn: '6281234567890' })
    expect((await shell(hello)).stdout).toMatch(/^HTTP\/1\.1 200 [\s\S]*Hello from Parley/)
    await loopback.next('message', ({ phone }) => phone === '6281234567890@s.whatsapp.net')
    expect((await shell(presence)).stdout).toMatch(/^HTTP\/1\.1 204 /)
    await loopback.next('chatstate', ({ to }) => to === '6281234567890@s.whatsapp.net')
  } finally {
    await loopback.close()
  }
}, 120_000)

test('faults: the one that it does holds, and its control shows what is lost without', async () => {
  const [command = ''] = /npm run faults -- --only .*/.exec(readme) ?? []
  const { stdout } = await run('node', ['scripts/faults.ts', ...command.split(' ').slice(4)], { cwd: root })
  expect(stdout).toMatch(/F03 {2}held, \d+ checks/)
  expect(stdout).toMatch(/F03 {2}control: drops \d+, lost [1-9]/)
}, 120_000)

test('no command that it shows has a key among its arguments, where every user of the machine can read it', () => {
  expect(readme.split('\n').filter((line) => /^(npm|npx) .*\bwa_/.test(line))).toEqual([])
})

test('there are as many wrong servers as the documents promise', async () => {
  const promised = async (file: string) => {
    const text = await readFile(join(root, file), 'utf8')
    return [...text.matchAll(/\bmore\s+than\s+([\d,]+)(?= \||\s+(?:written by hand|derived from))/g)].map(
      ([, count = '']) => Number(count.replaceAll(',', '')),
    )
  }
  const lists = [mutants, representativeContractMutants, degenerates, equivalents]
  const counts = lists.map(({ length }) => length)
  for (const [file, size] of [
    ['conformance/README.md', 4],
    ['README.md', 2],
  ] as const) {
    const floors = await promised(file)
    expect(floors).toHaveLength(size)
    for (const [index, floor] of floors.entries()) expect(counts[index]).toBeGreaterThan(floor)
  }
})
