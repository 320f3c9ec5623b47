/** What the document says of the calls to webhooks is one with what it says of the event log, and its examples keep it. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { judgeEvent } from '../../conformance/oracle.ts'
import { parley } from '../../conformance/parley.ts'
import { type Document, resolve } from '../../contract/document.ts'
import { eventsOf } from '../../contract/reference/event.ts'
import { root } from '../../contract/tools.ts'
import { enums } from '../../generated/enums.ts'
import bundle from '../../generated/openapi.json' with { type: 'json' }
import type { EventBody } from '../../generated/types.ts'

const document = bundle as unknown as Document
const webhooks = eventsOf(document)
const names = webhooks.map(([name]) => name)

test('every event of the log is sent to webhooks, and every one that is sent has a row in the guide', async () => {
  // What tests a webhook, and what tells it of a gap, is in no log.
  expect(names).toEqual([...enums.EventName, 'webhook.test', 'webhook.gap'])
  const guide = await readFile(join(root, 'docs/events.md'), 'utf8')
  const [, table = ''] = guide.split('## The events')
  const rows = table.split('\n## ')[0]?.matchAll(/^\| (`.+?`) \|/gm) ?? []
  expect([...rows].flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name))).toEqual(
    enums.EventName,
  )
})

describe.each(webhooks)('%s', (name, { post }) => {
  const examples = Object.entries(post.requestBody.content['application/json']?.examples ?? {})

  test.each(examples)('example %s is a whole event of that name', (_, { value }) => {
    expect(value).toMatchObject({ event: name })
    expect(judgeEvent(parley, value)).toEqual({ problems: [], info: [] })
    if (name.startsWith('webhook.')) return
    const isInTheLog = typeof value === 'object' && value !== null && 'position' in value
    const asInTheLog = parley.validatorAt(`/components/schemas/${isInTheLog ? 'Event' : 'PassingEvent'}`)
    expect(asInTheLog(value) ? [] : asInTheLog.errors).toEqual([])
  })

  test('is signed, and says what an answer means', () => {
    const headers = (post.parameters ?? []).map((given) => resolve(document, given).name)
    expect(headers).toEqual(['webhook-id', 'webhook-timestamp', 'webhook-signature'])
    expect(Object.keys(post.responses)).toEqual(['410', '429', '503', '2XX', 'default'])
  })
})

test('the examples are of one log: each has an id and a position of its own, in the order of their times', () => {
  const examples = webhooks
    .flatMap(([, { post }]) => Object.values(post.requestBody.content['application/json']?.examples ?? {}))
    .map(({ value }) => value as EventBody)
    .sort((one, other) => one.timestamp - other.timestamp)
  expect(new Set(examples.map(({ id }) => id)).size).toBe(examples.length)
  const positions = examples.flatMap((body) => ('position' in body ? [body.position] : []))
  expect(positions).toEqual([...new Set(positions)].sort((one, other) => one - other))
})

/** For the compiler: a receiver tells events apart by their names. */
export const textOf = (body: EventBody): string | undefined => {
  switch (body.event) {
    case 'message.reaction':
      return body.payload.reaction.emoji
    case 'message':
      return body.payload.message.body
    case 'message.status':
      // @ts-expect-error it is about several
      return body.payload.message
    default:
      return undefined
  }
}
