/** The collection for Bruno has a request for each operation, which is valid as it is. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bruno } from '../../contract/bruno.ts'
import { type Document, endpointsOf } from '../../contract/document.ts'
import bundle from '../../generated/openapi.json' with { type: 'json' }
import { type OperationId, type OperationRow, operations } from '../../generated/operations.ts'
import { validators } from '../../generated/validators.js'

const document = bundle as unknown as Document
const endpoints = endpointsOf(document)
const shapes = JSON.parse(
  await readFile(join(import.meta.dirname, 'every-shape/generated/openapi.json'), 'utf8'),
) as Document

/** The blocks of a file by name, without their indent. */
const read = (file: string | undefined): Record<string, string> =>
  Object.fromEntries(
    [...(file ?? '').matchAll(/^([a-z:-]+) [{[]\n(.*?)^[}\]]$/gms)].map(([, name, inner = '']) => [
      name,
      inner.replaceAll(/^ {2}/gm, '').trimEnd(),
    ]),
  )

const members = (text = ''): Record<string, string> =>
  Object.fromEntries(text.split('\n').map((line) => [line.split(': ')[0], line.slice(line.indexOf(': ') + 2)]))

const files = bruno(document)
const variables = members(read(files['environments/local.bru']).vars)
const requests = Object.entries(files).filter(([name]) => !/(^|\/)(folder|collection|local)\.bru$|\.json$/.test(name))
const filled = (text = '') => text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => variables[name] ?? `no ${name}`)

test('has a request for each operation, in the folder of its tag, and no other', () => {
  const expected = endpoints.map(({ operation }) => `${operation.tags[0]}/${operation.operationId}.bru`)
  expect(requests.map(([name]) => name)).toEqual(expected)
  expect(
    document.tags.map(({ name }) => read(files[`${name}/folder.bru`])).map(({ meta }) => members(meta).name),
  ).toEqual(document.tags.map(({ name }) => name))
})

/** As the tool calls it. */
const bodyIn = ({ hasBody, bodyTypes }: OperationRow) => {
  if (hasBody) return 'json'
  return bodyTypes.length === 0 ? 'none' : 'file'
}

test.for(endpoints)(
  '$operation.operationId is asked where it is, with variables for what its path names',
  (endpoint) => {
    const { method, path, operation } = endpoint
    const blocks = read(files[`${operation.tags[0]}/${operation.operationId}.bru`])
    const { url, body, auth } = members(blocks[method.toLowerCase()])
    const parameters = operations[operation.operationId as OperationId].parameters.path
    expect(url).toBe(`{{baseUrl}}${path.replaceAll('{', '{{').replaceAll('}', '}}')}`)
    expect(Object.keys(parameters).filter((name) => !(name in variables))).toEqual([])
    expect(filled(url)).toMatch(/^http:\/\/127\.0\.0\.1:3000\/api\/v1\/[^{}]+$/)
    expect(auth).toBe('inherit')
    expect(body).toBe(bodyIn(operations[operation.operationId as OperationId]))
    if (body === 'json') {
      const validate = validators[operation.operationId as OperationId].body
      expect(validate?.(JSON.parse(blocks['body:json'] ?? ''))).toBe(true)
    }
  },
)

test('sends nothing that is optional until a user switches it on, and offers no made-up cursor', () => {
  const offered = requests.flatMap(([, file]) => {
    const { headers, 'params:query': query } = read(file)
    return [headers, query].flatMap((block) => (block === undefined ? [] : block.split('\n')))
  })
  expect(offered.length).toBeGreaterThan(0)
  expect(offered.filter((line) => !line.startsWith('~'))).toEqual([])
  expect(offered.filter((line) => line.includes('cursor'))).toEqual([])
})

test('keeps the token apart from what is written down', () => {
  expect(members(read(files['collection.bru'])['auth:bearer'])).toEqual({ token: '{{token}}' })
  expect(read(files['environments/local.bru'])['vars:secret']).toBe('token')
  expect(Object.keys(variables)).not.toContain('token')
})

test('knows bodies of other kinds', () => {
  const modes = endpointsOf(shapes).map(({ method, operation }) => {
    const blocks = read(bruno(shapes)[`${operation.tags[0]}/${operation.operationId}.bru`])
    return members(blocks[method.toLowerCase()]).body
  })
  expect(new Set(modes)).toEqual(new Set(['none', 'json', 'file', 'multipartForm']))
})
