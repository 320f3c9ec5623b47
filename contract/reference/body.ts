/** What a call carries, of operations and of events alike. */
import type { Document, RequestBody } from '../document.ts'
import { code } from './html.ts'
import { inline } from './markdown.ts'
import { type MemberOptions, membersOf } from './members.ts'
import { typeOf } from './schema.ts'

/** The media types and every member of the body. */
export function bodySection(document: Document, body: RequestBody, { anchor, sent }: MemberOptions): string {
  const { content, required, description = '', 'x-max-bytes': most } = body
  const types = Object.entries(content).map(([type, { schema }]) =>
    type === 'application/json' ? typeOf(document, schema) : code(type),
  )
  const limit = most === undefined ? '' : ` At most ${most.toLocaleString('en')} bytes.`
  const [members = ''] = Object.values(content)
    .map(({ schema }) => membersOf(document, schema, { anchor, expand: true, sent }))
    .filter(Boolean)
  return `<h4>Body <small>${required ? 'required' : 'optional'}</small></h4>
<p>${types.join(' or ')}: ${inline(description)}${limit}</p>
${members}`
}
