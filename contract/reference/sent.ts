import { type Document, endpointsOf, nameOf } from '../document.ts'

/** Names of the schemas that a request body holds, at any depth. */
export function sentSchemas(document: Document): Set<string> {
  const found = new Set<string>()
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    if ('$ref' in value && typeof value.$ref === 'string') {
      const name = nameOf(value.$ref)
      if (found.has(name)) return
      found.add(name)
      visit(document.components.schemas[name])
    } else for (const inner of Object.values(value)) visit(inner)
  }
  for (const { operation } of endpointsOf(document))
    for (const { schema } of Object.values(operation.requestBody?.content ?? {})) visit(schema)
  return found
}
