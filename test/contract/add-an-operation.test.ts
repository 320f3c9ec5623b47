/** `docs/add-an-operation.md`, followed to the letter in a copy of the repository. */
import { spawn } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const parts = ['conformance', 'contract', 'curve25519', 'generated', 'loopback', 'openapi', 'scripts', 'server', 'test']
const files = ['package.json', 'tsconfig.json', 'redocly.yaml', 'biome.json', '.gitignore', 'vitest.config.ts']

let copy: string

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'parley-add-'))
  for (const part of parts)
    await cp(join(root, part), join(copy, part), {
      recursive: true,
      filter: (source) => !/\/(node_modules|dist)(\/|$)/.test(source),
    })
  for (const file of files) await cp(join(root, file), join(copy, file))
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
})

afterAll(() => rm(copy, { recursive: true, force: true }))

/** @returns what it printed @throws with it when it fails */
const run = (...args: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: copy })
    let output = ''
    const read = (text: Buffer) => {
      output += text
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('exit', (code) => (code === 0 ? resolve(output) : reject(new Error(`${args.join(' ')}: ${output}`))))
  })

/** Changes a file of the copy. @throws when there is nothing to change */
const edit = async (file: string, before: string | RegExp, after: string, to = file) => {
  const text = await readFile(join(copy, file), 'utf8')
  const changed = text.replace(before, () => after)
  if (changed === text) throw new Error(`${file} has no ${before}`)
  await writeFile(join(copy, to), changed)
}

/** What a person has written the name into, and no program. */
const filesThatName = async (name: string): Promise<string[]> => {
  const written = parts.filter((part) => part !== 'generated')
  const found = await Promise.all(
    written.map(async (part) => {
      const entries = await readdir(join(copy, part), { recursive: true, withFileTypes: true })
      const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
      const texts = await Promise.all(paths.map(async (path) => ({ path, text: await readFile(path, 'utf8') })))
      return texts.filter(({ text }) => text.includes(name)).map(({ path }) => relative(copy, path))
    }),
  )
  const own = relative(root, import.meta.filename)
  return found
    .flat()
    .filter((file) => file !== own)
    .sort()
}

/** The blocks of code of the page, without the indentation of their list, in order. */
const blocks = async (): Promise<string[]> => {
  const page = await readFile(join(root, 'docs/add-an-operation.md'), 'utf8')
  expect(page.split('\n').length).toBeLessThan(60)
  return [...page.matchAll(/^ {3}```\w+\n(.*?)^ {3}```$/gms)].map(([, code = '']) => code.replaceAll(/^ {3}/gm, ''))
}

const answer = `    description: How many there are.
    headers:
      X-Request-Id:
        $ref: ../../headers/RequestId.yaml
    content:
      application/json:
        schema:
          type: object
          additionalProperties: false
          required: [unreadCount]
          properties:
            unreadCount:
              type: integer
              minimum: 0
              description: How many messages are unread (count).
              examples: [2]
        examples:
          two:
            summary: A chat with two unread messages
            value:
              unreadCount: 2
`

/** Step 1 of the page: the operation that is most like it, copied under another name, and named in the table of contents. */
const addContract = async (like: string, own: string, entry: string) => {
  const file = (name: string) => `openapi/operations/chats/${name}.yaml`
  await edit(file(like), `operationId: ${like}\n`, `operationId: ${own}\n`, file(own))
  await edit(file(own), /summary: .*\n/, `summary: Works like ${like}\n`)
  await edit('openapi/openapi.yaml', /(?=^webhooks:)/m, entry.replaceAll('NAME', own))
}

/** Step 3 of the page, for an operation that does what another does: its handler, copied under another name. */
const copyHandler = async (like: string, own: string) => {
  const file = 'server/handlers/chats.ts'
  const text = await readFile(join(copy, file), 'utf8')
  const [handler = ''] = new RegExp(`^ {4}async ${like}\\(.*?^ {4}},\n`, 'ms').exec(text) ?? []
  await edit(file, handler, `${handler}\n${handler.replaceAll(new RegExp(`(?<!store\\.)${like}`, 'g'), own)}`)
}

/** Step 4 of the page. */
const addCases = (own: string, cases: string) => writeFile(join(copy, `conformance/cases/chats/${own}.ts`), cases)

/** The three kinds: from the stored copy; at WhatsApp, and at a pace; a list. */
const names = ['getUnread', 'setTyping', 'listRecent']

test('operations are added by the steps of the page, and answer for themselves', { timeout: 600_000 }, async () => {
  const [path = '', handler = '', cases = ''] = await blocks()
  await addContract('getChat', 'getUnread', path)
  const own = 'openapi/operations/chats/getUnread.yaml'
  await edit(own, /(?<=description: >-\n).*\n/, '  Tells how many messages of the stored chat are unread.\n')
  await edit(own, /(?<= {2}'200':\n).*?(?= {2}'400':)/s, answer)
  await addContract('setChatPresence', 'setTyping', contents('chats/{cid}/typing', 'put'))
  await addContract('listChats', 'listRecent', contents('recent', 'get'))
  await run('scripts/generate.ts')

  await edit('server/handlers/chats.ts', /(?= {4}async readChat\()/, `${handler}\n`)
  await copyHandler('setChatPresence', 'setTyping')
  await copyHandler('listChats', 'listRecent')
  for (const name of names) await addCases(name, cases.replaceAll('getUnread', name))
  await run(join(root, 'node_modules/typescript/lib/tsc.js'), '--noEmit', '-p', '.')

  const ids = (await run('conformance/cli.ts', 'list', '--ids')).trim().split('\n')
  const added = ids.filter((id) => names.some((name) => id.startsWith(`${name}/`)))
  expect(added).toEqual(
    expect.arrayContaining([
      'getUnread/200/-/example',
      'getUnread/404/not_found/chat-of-other-organization',
      'setTyping/429/rate_limited/presence',
      'setTyping/501/not_implemented/session-offline',
      'listRecent/200/-/walk-by-2',
    ]),
  )

  await writeFile(join(copy, 'conformance/ids.txt'), `${ids.toSorted().join('\n')}\n`)
  for (const name of names)
    expect(await filesThatName(name)).toEqual([
      `conformance/cases/chats/${name}.ts`,
      'conformance/ids.txt',
      'openapi/openapi.yaml',
      `openapi/operations/chats/${name}.yaml`,
      'server/handlers/chats.ts',
    ])

  // The sandbox of the copy is the gateway with the new operations; the suite of the copy judges them.
  await writeFile(join(copy, 'judge.ts'), judge)
  const verdicts = JSON.parse((await run('judge.ts', ...names)).trim().split('\n').at(-1) ?? '')
  expect(verdicts).toEqual(added.map((id) => [id, 'pass', '']).sort())
})

const contents = (path: string, method: string) =>
  `  /sessions/{session}/${path}:\n    ${method}: { $ref: operations/chats/NAME.yaml }\n`

const judge = `
import { runConformance } from './conformance/index.ts'
import { startSandbox } from './scripts/sandbox/sandbox.ts'

const sandbox = await startSandbox()
const verdicts = []
for (const name of process.argv.slice(2)) {
  const { records } = await runConformance(sandbox.target, { filter: name + '/' })
  verdicts.push(...records.map(({ id, verdict, reason }) => [id, verdict, reason]))
}
console.log(JSON.stringify(verdicts.sort()))
await sandbox.close()
`
