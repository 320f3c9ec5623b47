/** The reference page: whole, escaped, small, and nothing on it but what the contract says. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import {
  type Document,
  endpointsOf,
  type Operation,
  type Reference,
  type Response,
  resolve,
  type Schema,
} from '../../../contract/document.ts'
import { reference } from '../../../contract/reference/page.ts'

const read = async (path: string) => readFile(new URL(`../../../${path}`, import.meta.url), 'utf8')
const documentIn = async (folder: string): Promise<Document> => JSON.parse(await read(`${folder}/openapi.json`))

const own = await documentIn('generated')
const everyShape = await documentIn('test/contract/every-shape/generated')

/** Elements that have no end. */
const isVoid = (name: string) => ['br', 'input', 'meta', 'wbr'].includes(name)

/** Without what is no markup: the script and the styles. */
const markupOf = (page: string) => page.replace(/<(style|script)([^>]*)>.*?<\/\1>/gs, '<$1$2></$1>')

const placesOn = (page: string) => [...markupOf(page).matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)

describe.each([
  ['the contract', own],
  ['the contract of every shape', everyShape],
])('made from %s, it', (_which, document) => {
  const page = reference(document)
  const markup = markupOf(page)

  test('has a place for every operation, event and schema', () => {
    const ids = endpointsOf(document).map(({ operation }) => operation.operationId)
    const events = Object.values(document.webhooks ?? {}).map(({ post }) => post.operationId)
    for (const id of [...ids, ...events]) expect(markup).toContain(`<section class="operation" id="${id}"`)
  })

  test('has no two places of one name, and every link on it leads somewhere', () => {
    const places = placesOn(page)
    const links = [...markup.matchAll(/ href="#([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(places).size).toBe(places.length)
    expect(links.filter((link) => !places.includes(link))).toEqual([])
  })

  test('closes what it opens', () => {
    const open: string[] = []
    for (const [, slash, name = ''] of markup.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
      if (isVoid(name)) continue
      if (slash === '') open.push(name)
      else if (open.at(-1) === name) open.pop()
      else open.push(`/${name}`)
    }
    expect(open).toEqual([])
  })

  test('loads nothing, and runs nothing but the script that its policy names', () => {
    expect(markup).not.toMatch(/<link|<img|<iframe| src=| style=| on[a-z]+=|javascript:/)
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page)?.[1] ?? ''
    for (const element of ['script', 'style']) {
      const texts = [...page.matchAll(new RegExp(`<${element}[^>]*>(.*?)</${element}>`, 'gs'))].map(([, text]) => text)
      expect(texts).toHaveLength(1)
      const hash = createHash('sha256').update(`${texts[0]}`).digest('base64')
      expect(policy).toContain(`${element}-src 'sha256-${hash}'`)
    }
    expect(policy).toMatch(/^default-src 'none';/)
  })

  test('names every example as a mock takes it', () => {
    for (const { operation } of endpointsOf(document))
      for (const [status, given] of Object.entries(operation.responses))
        for (const { examples = {} } of Object.values(resolve(document, given).content ?? {}))
          for (const name of Object.keys(examples))
            expect(sectionOf(markup, operation.operationId)).toContain(`Prefer: code=${status}, example=${name}<`)
  })

  test('is the same for the same contract', () => {
    expect(reference(structuredClone(document))).toBe(page)
  })
})

/** The document's own, to be changed; `endpointsOf` gives copies. */
const operationsIn = (document: Document): Operation[] =>
  Object.values(document.paths).flatMap(({ parameters: _shared, ...methods }) => Object.values(methods))

/** From its beginning to the next one's. */
const sectionOf = (page: string, id: string): string => {
  const from = page.indexOf(`<section class="operation" id="${id}"`)
  return page.slice(from, page.indexOf('</section>', from))
}

test('members of a request stand at the operation: type, whether they must be there, values, limits', () => {
  const page = reference(own)
  const presence = sectionOf(page, 'setChatPresence')
  expect(presence).toMatch(/id="setChatPresence\.body\.state".*?string.*?required/s)
  expect(presence).toContain('one of <code>composing</code> <code>recording</code> <code>paused</code>')
  expect(sectionOf(page, 'createSession')).toMatch(/id="createSession\.body\.label".*?optional.*?1 to 100 characters/s)
  expect(sectionOf(page, 'listChats')).toMatch(/id="listChats\.query\.limit".*?integer.*?optional/s)
})

test('a choice between lists of values shows all of them, and an object how many members it may have', () => {
  const page = reference(own)
  const webhook = sectionOf(page, 'createWebhook')
  expect(webhook).toContain('array of string')
  expect(webhook).toContain('one of <code>*</code> <code>session.status</code>')
  expect(webhook).toContain('at most 20 members')
  expect(page).not.toContain('array of any')
})

test('an operation says what it needs, which limits count it, and whether it goes', () => {
  const marksOf = (page: string, id: string) =>
    [...sectionOf(page, id).matchAll(/<span class="mark[^"]*">([^<]+)/g)].map(([, mark]) => mark)
  const page = reference(own)
  expect(marksOf(page, 'setChatPresence')).toEqual(['needs send', 'live', 'limit presence'])
  expect(marksOf(page, 'readChat')).toEqual(['needs send', 'idempotent'])
  const later = structuredClone(own)
  for (const operation of operationsIn(later)) operation.deprecated = true
  const member = later.components.schemas.NewSession?.properties?.label
  if (member) member.deprecated = true
  expect(marksOf(reference(later), 'readChat')).toContain('deprecated')
  expect(reference(later)).toMatch(/id="createSession\.body\.label"><dt>.*?deprecated<\/span><\/dt>/)
})

test('a success is open at the operation, other answers are folded', () => {
  const chat = sectionOf(reference(own), 'getChat')
  const answers = [...chat.matchAll(/<details class="answer"( open)?><summary><b class="status s\d">(\d+)/g)]
  expect(answers.map(([, open, status]) => [status, open !== undefined])).toEqual(
    Object.keys(
      endpointsOf(own).find(({ operation }) => operation.operationId === 'getChat')?.operation.responses ?? {},
    ).map((status) => [status, status.startsWith('2')]),
  )
  expect(chat).toMatch(/<details class="example" open><summary><b class="status s2">200/)
  expect(sectionOf(reference(own), 'listChats')).toContain('ChatList</a> of <a href="#schema-Chat">Chat</a>')
})

test('shapes that the contract does not have yet are shown, too', () => {
  const page = reference(everyShape)
  const sent = sectionOf(page, 'sendThing')
  expect(sent).toMatch(/One of 2 kinds, told apart by <code>type<\/code>/)
  expect(sent).toContain('id="sendThing.body.text.text"')
  expect(sent).toContain('id="sendThing.body.link.url"')
  expect(sent).toContain('live, unless async')
  expect(sectionOf(page, 'getGroup')).toContain('needs read or manage')
  expect(sectionOf(page, 'uploadBytes')).toContain('<code>application/octet-stream</code>')
  expect(sectionOf(page, 'uploadBytes')).toContain('At most 262,144 bytes')
  expect(sectionOf(page, 'importParts')).toMatch(/id="importParts\.body\.file".*?bytes.*?required/s)
  expect(sectionOf(page, 'downloadBytes')).toContain('id="downloadBytes.header.Range"')
  expect(sectionOf(page, 'streamEvents')).toContain('<code>text/event-stream</code>')
  expect(sectionOf(page, 'onMessageReceived')).toMatch(/message\.received.*?#schema-Received/s)
})

describe('what the contract says is text', () => {
  const hostile = `"><script>alert('x')</script><img src=x onerror=alert(1)> & \${x}`

  test('wherever it says it', () => {
    const document = structuredClone(own)
    document.info.title = document.info.summary = hostile
    document.info.description = `${hostile}\n\n## ${hostile}\n\n| ${hostile} |\n|---|\n| ${hostile} |`
    for (const tag of document.tags) tag.description = hostile
    for (const operation of operationsIn(document)) {
      operation.summary = operation.description = hostile
      for (const given of Object.values(operation.responses)) spoil(given)
      for (const given of Object.values(operation.requestBody?.content ?? {}))
        given.examples = { [hostile]: { summary: hostile, value: { [hostile]: hostile } } }
    }
    for (const schema of Object.values(document.components.schemas)) spoilSchema(schema)
    const page = reference(document)
    expect(page.match(/<script/g)).toHaveLength(1)
    expect(markupOf(page)).not.toMatch(/<img|<script>alert|<\/script><img/)
    for (const { operationId } of operationsIn(document))
      expect(sectionOf(page, operationId)).toMatch(/<h3>.*&lt;script&gt;.*<\/h3>/)
    // No quotation mark ends an attribute: whatever is in one stays in it.
    const tags = new Set([...markupOf(page).matchAll(/<[a-z][^<>]*>/g)].map(([tag]) => tag))
    const isWhole = /^<\w+( (open|hidden|data-search|data-origin|[a-z-]+="[^"]*"))*>$/
    expect([...tags].filter((tag) => !isWhole.test(tag))).toEqual([])
    expect([...tags].filter((tag) => / on\w+=/.test(tag.replaceAll(/"[^"]*"/g, '""')))).toEqual([])
  })

  const spoil = (given: Response | Reference) => {
    if ('description' in given) given.description = hostile
  }
  const spoilSchema = (schema: Schema) => {
    schema.description = hostile
    schema.pattern = hostile
    schema.examples = [hostile]
    if (schema.enum) schema.enum = [hostile]
    for (const member of Object.values(schema.properties ?? {})) spoilSchema(member)
  }
})

test('it carries 75 operations: few bytes each, once compressed', () => {
  const document = structuredClone(own)
  const given = Object.entries(document.paths)
  for (let copy = 1; endpointsOf(document).length < 75; copy++)
    for (const [path, item] of given)
      document.paths[`${path}/${copy}`] = JSON.parse(
        JSON.stringify(item).replaceAll(/"operationId":"(\w+)"/g, `"operationId":"$1${copy}"`),
      )
  const page = reference(document)
  expect(new Set(placesOn(page)).size).toBe(placesOn(page).length)
  expect(gzipSync(page).length / endpointsOf(document).length).toBeLessThan(3_000)
})
