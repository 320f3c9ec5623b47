import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Document, endpointsOf, resolve } from '../../contract/document.ts'
import { staleFiles } from '../../contract/stale.ts'
import { root } from '../../contract/tools.ts'
import bundle from '../../generated/openapi.json' with { type: 'json' }
import { type OperationId, operations } from '../../generated/operations.ts'
import type { components } from '../../generated/types.ts'
import { validators } from '../../generated/validators.js'

const document = bundle as unknown as Document
const endpoints = endpointsOf(document)
const ids = Object.keys(operations) as OperationId[]
type Kind = Exclude<keyof components['schemas'] & `${string}Error`, 'Error' | 'FieldError'>
const read = (path: string) => readFile(join(root, path), 'utf8')

/** Where and how a request breaks the schema; undefined when it does not. */
const violation = (id: OperationId, place: 'path' | 'query' | 'body', value: unknown) => {
  const validate = validators[id][place]
  if (validate === undefined) throw new Error(`${id} has no ${place}`)
  if (validate(value)) return undefined
  const [first] = validate.errors ?? []
  return `${first?.instancePath} ${first?.message}`
}

describe('the table of operations', () => {
  test('has a row for each operation of the contract, with its statuses', () => {
    const documented = endpoints.map(({ method, path, operation }) => [
      operation.operationId,
      method,
      path,
      Object.keys(operation.responses).map(Number),
    ])
    expect(ids.map((id) => [id, operations[id].method, operations[id].path, operations[id].statuses])).toEqual(
      documented,
    )
  })

  test('gives manage to sessions and webhooks, read to what reads and shows no secret, send to what others notice, events to events', () => {
    const having = (capability: string) =>
      ids.filter((id) => operations[id].capabilities.some((one) => one === capability))
    const of = (tag: string) => ids.filter((id) => operations[id].tag === tag)
    const others = ids.filter((id) => !['Sessions', 'Events', 'Webhooks'].includes(operations[id].tag))
    const shown = ['listSessions', 'getSession', 'sessionMe']
    expect(having('read')).toEqual([...shown, ...others.filter((id) => operations[id].method === 'GET')])
    expect(having('send')).toEqual(others.filter((id) => operations[id].method !== 'GET'))
    expect(having('manage')).toEqual([...of('Sessions'), ...of('Webhooks')])
    expect(having('events')).toEqual(of('Events'))
  })

  test('what is live, and nothing else, says that there may be no client', () => {
    const live = ids.filter((id) => operations[id].live)
    expect(live).toContain('setChatPresence')
    expect(ids.filter((id) => (operations[id].statuses as readonly number[]).includes(501))).toEqual(live)
  })
})

describe('the examples', () => {
  test.for(endpoints)('of $operation.operationId are requests that the validators accept', ({ operation }) => {
    const id = operation.operationId as OperationId
    const parameters = (operation.parameters ?? []).map((parameter) => resolve(document, parameter))
    for (const place of ['path', 'query'] as const) {
      const values = parameters
        .filter((parameter) => parameter.in === place)
        .map(({ name, example }) => [name, example])
      expect(violation(id, place, Object.fromEntries(values))).toBeUndefined()
    }
    for (const { value } of Object.values(operation.requestBody?.content['application/json']?.examples ?? {}))
      expect(violation(id, 'body', value)).toBeUndefined()
  })

  test('of lists begin with a last page, so that a walk through a mock without memory ends', () => {
    expect(lists.map((examples) => examples[0])).toEqual(lists.map(() => expect.objectContaining({ nextCursor: null })))
  })

  test('of lists are pages of one list: no entry is on two of them', () => {
    for (const examples of lists) {
      const keys = examples.flatMap(({ data }) => data.map((entry) => entry.id ?? entry.jid))
      expect(keys).toEqual([...new Set(keys)])
    }
  })
})

interface Page {
  data: { id?: unknown; jid?: unknown }[]
  nextCursor: string | null
}

/** The pages that each list with a cursor shows as examples. */
const lists = endpoints
  .filter(({ operation }) => 'cursor' in operations[operation.operationId as OperationId].parameters.query)
  .map(({ operation }) => {
    const response = resolve(document, operation.responses['200'] ?? { description: '' })
    return Object.values(response.content?.['application/json']?.examples ?? {}).map(({ value }) => value as Page)
  })

describe('errors', () => {
  const { Error: common, ErrorCode: codes, ...schemas } = bundle.components.schemas
  const kinds = new Set(
    endpoints.flatMap(({ operation }) =>
      Object.entries(operation.responses).flatMap(([status, response]) => {
        const schema = resolve(document, response).content?.['application/json']?.schema.$ref
        return Number(status) < 400 ? [] : String(schema).slice('#/components/schemas/'.length)
      }),
    ),
  )

  test.for([...kinds])('%s is an Error, with codes of its own', (kind) => {
    const { required, properties } = schemas[kind as Kind]
    const { code, message } = properties.error.properties
    expect(required).toEqual(common.required)
    expect(properties.error.required).toEqual(expect.arrayContaining(common.properties.error.required))
    expect(codes.enum).toEqual(expect.arrayContaining('const' in code ? [code.const] : code.enum))
    expect(message).toEqual(common.properties.error.properties.message)
  })

  test('are Errors for the compiler, too', () => {
    const narrowed: components['schemas'][Kind][] = []
    const errors: components['schemas']['Error'][] = narrowed
    expect(errors).toEqual([])
  })
})

test('names of schemas and parameters differ by more than case, for generators make files of them', () => {
  const names = ['schemas', 'parameters'].flatMap((kind) => Object.keys(document.components[kind] ?? {}))
  expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length)
})

describe('the validators', () => {
  test('stand alone', async () => {
    expect(await read('generated/validators.js')).not.toMatch(/\brequire\(|^import /m)
  })

  test.for<[unknown, string]>([
    [{}, " must have required property 'state'"],
    [{ state: 'typing' }, '/state must be equal to one of the allowed values'],
    [{ state: null }, '/state must be string'],
    [{ state: 'paused', chat: 'x' }, ' must NOT have additional properties'],
    [JSON.parse('{"state":"paused","__proto__":{}}'), ' must NOT have additional properties'],
    [[], ' must be object'],
    [null, ' must be object'],
  ])('setChatPresence refuses the body %j', ([body, said]) => {
    expect(violation('setChatPresence', 'body', body)).toBe(said)
  })

  test.for<[unknown, string]>([
    [{ label: '' }, '/label must NOT have fewer than 1 characters'],
    [{ label: '😀'.repeat(101) }, '/label must NOT have more than 100 characters'],
    [{ start: 'true' }, '/start must be boolean'],
  ])('createSession refuses the body %j', ([body, said]) => {
    expect(violation('createSession', 'body', body)).toBe(said)
  })

  test('a label is counted in characters, not in UTF-16 units', () => {
    expect(violation('createSession', 'body', { label: '😀'.repeat(100) })).toBeUndefined()
  })

  test.for(['+6281234567890', '0812345678', '62 812 345', '123456', '1234567890123456', ''])(
    'sessionPairingCode refuses the phone %j',
    (phone) => {
      expect(violation('sessionPairingCode', 'body', { phone })).toBe('/phone must match pattern "^[1-9][0-9]{6,14}$"')
    },
  )

  test.for<[Record<string, unknown>, string]>([
    [{ limit: -1 }, '/limit must be >= 0'],
    [{ limit: 1.5 }, '/limit must be integer'],
    [{ limit: '1e2' }, '/limit must be integer'],
    [{ limit: 1e300 }, '/limit must be <= 9007199254740991'],
    [{ cursor: '' }, '/cursor must NOT have fewer than 1 characters'],
    [{ cursor: 'a+b' }, '/cursor must match pattern "^[A-Za-z0-9_-]+$"'],
    [{ cursor: 'a'.repeat(513) }, '/cursor must NOT have more than 512 characters'],
    [{ page: '2' }, ' must NOT have additional properties'],
  ])('listChatMessages refuses the query %j', ([query, said]) => {
    expect(violation('listChatMessages', 'query', query)).toBe(said)
  })

  const liveCid = (cid: string) => violation('setChatPresence', 'path', { session: 'any', cid }) === undefined

  test.for([
    '6281234567890@s.whatsapp.net',
    '12345@s.whatsapp.net',
    `${'1'.repeat(20)}@s.whatsapp.net`,
    '98765432101234@lid',
    '120363041234567890@g.us',
    '1-1600000000@g.us',
    '6281234567890-1600000000@g.us',
  ])('a presence can be sent to %s', (cid) => {
    expect(liveCid(cid)).toBe(true)
  })

  test.for([
    '',
    '@',
    '@g.us',
    '@s.whatsapp.net',
    '6281234567890',
    '+6281234567890@s.whatsapp.net',
    '62 812 345 678@s.whatsapp.net',
    '6281234567890@S.WHATSAPP.NET',
    '6281234567890@c.us',
    '6281234567890@hosted',
    '120363041234567890@newsletter',
    'status@broadcast',
    '6281234567890@broadcast',
    '6281234567890@s.whatsapp.net.evil',
    '1@evil@s.whatsapp.net',
    '6281234567890%40s.whatsapp.net',
    '6281234567890:0@s.whatsapp.net',
    '6281234567890_1:1@s.whatsapp.net',
    '1234@s.whatsapp.net',
    `${'1'.repeat(21)}@s.whatsapp.net`,
    '0@s.whatsapp.net',
    '0628123456789@s.whatsapp.net',
    '-16281234567@s.whatsapp.net',
    '1e500000@s.whatsapp.net',
    '0x10000@s.whatsapp.net',
    '٦٢٨١٢٣٤٥٦٧@s.whatsapp.net',
    '120363041234567890@g.us\n',
    ' 120363041234567890@g.us',
    '120363041234567890@g.us\0',
    '120363041234567890@g.us/../1@g.us',
    '__proto__@g.us',
    '{cid}',
  ])('no presence can be sent to %j', (cid) => {
    expect(liveCid(cid)).toBe(false)
  })
})

describe('what is generated', () => {
  test('is stale when a file was changed, is missing or has no source', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stale-'))
    try {
      for (const name of ['fresh', 'changed', 'orphan']) await writeFile(join(folder, name), 'text')
      expect(await staleFiles({ fresh: 'text', changed: 'other text', missing: 'text' }, folder)).toEqual([
        'changed',
        'missing',
        'orphan',
      ])
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

test('every extension that the contract uses, or the contract of every shape, is in the register, and no other', async () => {
  const documents = JSON.stringify(bundle) + (await read('test/contract/every-shape/generated/openapi.json'))
  const used = new Set(documents.match(/(?<=")x-[a-z-]+(?=":)/g))
  const registered = [...(await read('openapi/extensions.md')).matchAll(/^\| `(x-[a-z-]+)`/gm)].map(([, name]) => name)
  expect(registered.sort()).toEqual([...used].sort())
})
