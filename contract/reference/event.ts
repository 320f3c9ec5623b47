import type { Document, Webhook } from '../document.ts'
import { bodySection } from './body.ts'
import { fold, jsonBlock, linkTo } from './html.ts'
import { inline, markdown } from './markdown.ts'

/** Every event, by its name. */
export const eventsOf = ({ webhooks = {} }: Document): [event: string, webhook: { post: Webhook }][] =>
  Object.entries(webhooks)

/** The section of one event: what is told, and an example beside it. */
export function eventSection(document: Document, event: string, { post }: { post: Webhook }): string {
  const { operationId, summary, description, requestBody } = post
  const examples = Object.entries(requestBody.content['application/json']?.examples ?? {})
  return `<section class="operation" id="${operationId}" data-find="event" data-words="${operationId} ${event}">
<div class="told">
<h3>${linkTo(operationId, inline(summary))}</h3>
<p class="path"><b class="method event">EVENT</b> <code>${event}</code></p>
${markdown(description)}
${bodySection(document, requestBody, { anchor: `${operationId}.body`, sent: false })}
</div>
<div class="beside">
${examples
  .map(([name, { summary: title = name, value }], index) =>
    fold('example', index === 0, inline(title), jsonBlock(value)),
  )
  .join('\n')}
</div>
</section>`
}
