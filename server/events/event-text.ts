import type { PassingEvent, StoredEvent } from '../model/events.ts'
import type { JsonText } from '../model/page.ts'
import type { Schemas } from '../operation.ts'

/** Made once for all who get it. */
const texts = new WeakMap<StoredEvent | PassingEvent, JsonText<Schemas['Event'] | Schemas['PassingEvent']>>()

/** The event as the contract shows it. */
export const eventText = (told: StoredEvent | PassingEvent): JsonText<Schemas['Event'] | Schemas['PassingEvent']> => {
  const known = texts.get(told)
  if (known !== undefined) return known
  const { id, event, sessionId: session, organizationId: organization, at: timestamp, payload } = told
  const position = 'position' in told ? told.position : undefined
  const head = JSON.stringify({ id, event, session, organization, timestamp, position })
  const text = `${head.slice(0, -1)},"payload":${payload}}`
  texts.set(told, text)
  return text
}
