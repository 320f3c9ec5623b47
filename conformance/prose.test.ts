/** What prose promises: said of members that there are, and broken by a wrong server that there is. */
import { expect, test } from 'vitest'
import type { Call } from './case.ts'
import { below } from './contract.ts'
import { breaks } from './mutants/catalogue/prose.ts'
import { objectsIn } from './objects.ts'
import { at, follow, operationIds, operations, parley, responsePointer } from './parley.ts'
import { prose } from './prose.ts'

const schemaOf = (name: string) => below('/components/schemas', name)

test('every rule is of members that the contract has', () => {
  const strange = prose.flatMap(({ of, members }) =>
    at(schemaOf(of)) === undefined
      ? [of]
      : members
          .filter((name) => at(below(schemaOf(of), 'properties', name)) === undefined)
          .map((name) => `${of}.${name}`),
  )
  expect(strange).toEqual([])
})

/** Every object that the contract shows in an example. */
const shown = operationIds.flatMap((id) =>
  operations[id].statuses.flatMap((status) => {
    const content = below(follow(responsePointer(id, status)), 'content', 'application/json')
    const examples = Object.values((at(below(content, 'examples')) ?? {}) as Record<string, { value: unknown }>)
    return examples.flatMap(({ value }) => objectsIn(parley, below(content, 'schema'), value))
  }),
)

/** Of a list: its examples as one, for most promises are about more than one entry. */
const examplesOf = (of: string): Record<string, unknown>[] => {
  const objects = shown.flatMap(({ name, value }) => (name === of ? [value as Record<string, unknown>] : []))
  const data = objects.flatMap((object) => object.data ?? []) as { id?: string; jid?: string }[]
  const entries = [...new Map(data.map((entry) => [entry.id ?? entry.jid, entry])).values()]
  return data.length === 0 ? objects : [{ data: entries, nextCursor: null }]
}

test('every rule is broken by a wrong server, and by no example', () => {
  const asked: Call = {
    operationId: 'getChat',
    path: { session: 'sess_01KERN71T0J4N2XM6TSKAR76K0' },
    query: { limit: 1 },
  }
  const unbroken = prose
    .filter(({ of }) => of !== 'EpochMs')
    .filter(({ of, broken }) => {
      const spoilt = breaks
        .filter((one) => one.of === of)
        .flatMap(({ spoil }) => examplesOf(of).map((object) => spoil(object)))
      return !spoilt.some((object) => broken(object as never, asked) !== undefined)
    })
  expect(unbroken.map(({ of, members }) => `${of} ${members}`)).toEqual([])
  const wrong = prose.flatMap(({ of, broken }) =>
    shown.filter(({ name, value }) => name === of && broken(value as never, undefined) !== undefined),
  )
  expect(wrong).toEqual([])
})

test('an object is found wherever the contract has it', () => {
  const chat = { jid: 'a@g.us', lastMessageAt: 1, aliases: ['b@lid'] }
  const schema = below(follow(responsePointer('listChats', 200)), 'content', 'application/json', 'schema')
  const found = objectsIn(parley, schema, { data: [chat], nextCursor: null }).filter(({ name }) => name !== 'Jid')
  expect(found.map(({ name, where }) => `${name} ${where}`)).toEqual([
    'ChatList ',
    'Chat /data/0',
    'EpochMs /data/0/lastMessageAt',
    'NextCursor /nextCursor',
  ])
})
