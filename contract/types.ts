import openapiTS, { astToString } from 'openapi-typescript'
import type { Document } from './document.ts'

/** TypeScript types of every schema and operation. */
export async function types(document: Document): Promise<string> {
  const source = JSON.parse(JSON.stringify(document)) as Parameters<typeof openapiTS>[0]
  return astToString(await openapiTS(source, { silent: true }))
}
