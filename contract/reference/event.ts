/** What the gateway sends to webhooks: a chapter with what all events have in common, and a section for each. */
import { type Document, type Parameter, type Response, resolve, type Schema, type Webhook } from '../document.ts'
import { bodySection } from './body.ts'
import { fold, jsonBlock, linkTo, statusBadge } from './html.ts'
import { inline, markdown } from './markdown.ts'
import { memberList, membersOf } from './members.ts'
import { flat } from './schema.ts'

export const eventChapter = 'Event types'

export const aboutEvents = 'What each event holds. A webhook gets it as the body of a `POST`, signed.'

/** Every event, by its name. */
export const eventsOf = ({ webhooks = {} }: Document): [event: string, webhook: { post: Webhook }][] =>
  Object.entries(webhooks)

/** The headers of the calls to webhooks, and what their answers mean: told once. */
export function callsOfEvents(document: Document): string {
  const headers = new Map<string, Parameter>()
  const answers = new Map<string, Response>()
  for (const [, { post }] of eventsOf(document)) {
    for (const parameter of (post.parameters ?? []).map((given) => resolve<Parameter>(document, given)))
      headers.set(parameter.name, parameter)
    for (const [status, given] of Object.entries(post.responses)) answers.set(status, resolve(document, given))
  }
  if (headers.size === 0) return ''
  const meanings = [...answers]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([status, { description }]) => `<li>${statusOf(status)} ${inline(description)}</li>`)
  return `<div class="guide">
<h3>What a webhook answers</h3>
<ul>${meanings.join('\n')}</ul>
<h3>Headers of a call</h3>
${memberList(document, [...headers.values()].map(always), { anchor: 'webhook', sent: false })}
</div>`
}

const always = (parameter: Parameter) => ({ ...parameter, required: true })

const statusOf = (status: string): string => (status === 'default' ? '<b>else</b>' : statusBadge(status))

/** The section of one event: its description, and an example next to it. */
export function eventSection(document: Document, event: string, { post }: { post: Webhook }): string {
  const { operationId, summary, description, requestBody } = post
  const examples = Object.entries(requestBody.content['application/json']?.examples ?? {})
  return `<section class="operation" id="${operationId}" data-find="event" data-words="${operationId} ${event}">
<div class="told">
<h3>${linkTo(operationId, inline(summary))}</h3>
<p class="path"><b class="method event">EVENT</b> <code>${event}</code></p>
${markdown(description)}
${contentOf(document, post)}
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

/** What is special to the event: its payload, or the whole body where it has none. */
const contentOf = (document: Document, { operationId, requestBody }: Webhook): string => {
  const body: Schema = requestBody.content['application/json']?.schema ?? {}
  const { payload } = flat(document, body).properties ?? {}
  if (payload === undefined) return bodySection(document, requestBody, { anchor: `${operationId}.body`, sent: false })
  return `<h4>Payload</h4>\n${membersOf(document, payload, { anchor: `${operationId}.payload`, sent: false })}`
}
