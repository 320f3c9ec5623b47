import type { Document, Schema } from '../document.ts'
import { escapeAttribute, linkTo } from './html.ts'
import { markdown } from './markdown.ts'
import { membersOf } from './members.ts'
import { flat, schemaAnchor } from './schema.ts'

/** The section of one schema: every member, other schemas linked. @param sent whether it is a part of requests */
export function schemaSection(document: Document, name: string, schema: Schema, sent: boolean): string {
  const anchor = schemaAnchor(name)
  return `<section class="schema" id="${escapeAttribute(anchor)}" data-find="schema" data-words="${escapeAttribute(name)}">
<h3>${linkTo(anchor, name)}</h3>
${markdown(flat(document, schema).description ?? '')}
${membersOf(document, schema, { anchor: name, sent })}
</section>`
}
