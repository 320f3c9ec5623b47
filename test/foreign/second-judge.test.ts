/** A second JSON Schema validator accepts the document and its examples, and refuses them with one fault. */
import { describe, expect, test } from 'vitest'
import { below, type Json } from '../../conformance/contract.ts'
import { parley } from '../../conformance/parley.ts'
import document from '../../generated/openapi.json' with { type: 'json' }
import { accepts, isOpenApi, spoiled } from './second-judge.ts'

interface Sample {
  /** Pointer of the example or of the list of them. */
  at: string
  schema: string
  value: unknown
}

const isObject = (value: unknown): value is Record<string, Json> => typeof value === 'object' && value !== null

/** Every example of the document, with the schema that it belongs to. Examples are data: they are not searched. */
const samplesIn = (node: unknown, at: string): Sample[] => {
  if (!isObject(node)) return []
  const { schema, examples, example, ...rest } = node
  const inner = Object.entries({ ...rest, ...(schema !== undefined && { schema }) }).flatMap(([name, member]) =>
    samplesIn(member, below(at, name)),
  )
  return [...samplesOf({ schema, examples, example }, at), ...inner]
}

const samplesOf = ({ schema, examples, example }: Record<string, unknown>, at: string): Sample[] => {
  const of = schema === undefined ? at : below(at, 'schema')
  if (example !== undefined) return [{ at: below(at, 'example'), schema: of, value: example }]
  if (Array.isArray(examples)) return examples.map((value) => ({ at, schema: at, value }))
  if (!isObject(examples)) return []
  return Object.keys(examples).map((name) => {
    const pointer = parley.follow(below(at, 'examples', name))
    return { at: below(at, 'examples', name), schema: of, value: parley.at(below(pointer, 'value')) }
  })
}

const samples = samplesIn(document, '')

test('the document is one of OpenAPI 3.1', async () => {
  expect(await isOpenApi(document)).toBe(true)
  expect(await isOpenApi({ ...document, info: { title: 'no version' } })).toBe(false)
})

describe('the examples', () => {
  test('are what their schemas say', async () => {
    expect(samples.length).toBeGreaterThan(150)
    const verdicts = await Promise.all(samples.map(({ schema, value }) => accepts(schema, value)))
    expect(samples.filter((_, index) => !verdicts[index]).map(({ at }) => at)).toEqual([])
  })

  test('are refused when any one member is of another type', async () => {
    const wrong = samples.flatMap(({ at, schema, value }) =>
      spoiled(value).map((fault) => ({ schema, value: fault.value, at: `${at}: ${fault.at}` })),
    )
    expect(wrong.length).toBeGreaterThan(500)
    const verdicts = await Promise.all(wrong.map(({ schema, value }) => accepts(schema, value)))
    expect(wrong.filter((_, index) => verdicts[index]).map(({ at }) => at)).toEqual([])
  })
})
