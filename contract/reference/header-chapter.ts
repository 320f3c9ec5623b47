import { type Document, endpointsOf, type Header, resolve } from '../document.ts'
import { memberList } from './members.ts'

/** Every header that an answer has somewhere, in the order of their first mention. */
export function headersOf(document: Document): Map<string, Header> {
  const found = new Map<string, Header>()
  for (const { operation } of endpointsOf(document))
    for (const given of Object.values(operation.responses))
      for (const [name, header] of Object.entries(resolve(document, given).headers ?? {}))
        if (!found.has(name)) found.set(name, resolve<Header>(document, header))
  return found
}

/** What each means, told once; the answers name them. */
export const headerList = (document: Document): string =>
  memberList(
    document,
    [...headersOf(document)].map(([name, { schema, description }]) => ({
      name,
      schema,
      description,
      required: undefined,
    })),
    { anchor: 'header', sent: false },
  )
