import openapiTS, { astToString } from 'openapi-typescript'
import type { Document } from './document.ts'

/** TypeScript types of every schema and operation, and of what is sent to webhooks. */
export async function types(document: Document): Promise<string> {
  const source = JSON.parse(JSON.stringify(document)) as Parameters<typeof openapiTS>[0]
  return `${astToString(await openapiTS(source, { silent: true }))}
${bodies}`
}

const bodies = `
  type BodyOf<W> = W extends { post: { requestBody?: { content: { 'application/json': infer B } } } } ? B : never

  /** What a webhook is sent, by the name of the event. */
  export type EventBodies = { [E in keyof webhooks]: BodyOf<webhooks[E]> }

  /** Any of them: \`switch (body.event)\` tells them apart. */
  export type EventBody = EventBodies[keyof EventBodies]
`
