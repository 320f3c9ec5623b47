/** The section of one operation: what it takes, a call to paste, what it answers, an answer to look at. */
import { capabilitiesOf, type Document, type Endpoint, type Operation, type Place, resolve } from '../document.ts'
import { answerList, examplesBeside } from './answers.ts'
import { bodySection } from './body.ts'
import { escapeHtml, linkTo, methodBadge } from './html.ts'
import { inline, markdown } from './markdown.ts'
import { memberList } from './members.ts'
import { callOf } from './samples/call.ts'
import { samplePanel } from './samples/panel.ts'

/** On a wide screen samples and examples are next to the descriptions. */
export function operationSection(document: Document, endpoint: Endpoint): string {
  const { method, path, operation } = endpoint
  const { operationId, summary, description, requestBody } = operation
  return `<section class="operation" id="${operationId}" data-find="operation" data-words="${operationId} ${method} ${escapeHtml(path)}">
<div class="told">
<h3>${linkTo(operationId, inline(summary))}</h3>
<p class="path">${methodBadge(method)} <code>${pathOf(path)}</code></p>
<p class="marks">${marksOf(operation).join(' ')} <code class="id">${operationId}</code></p>
${markdown(description)}
${parameterLists(document, operation)}
${requestBody ? bodySection(document, requestBody, { anchor: `${operationId}.body`, sent: true }) : ''}
</div>
<div class="beside">
${samplePanel(`${summary}: request`, callOf(document, endpoint))}
${examplesBeside(document, operation)}
</div>
<div class="told answers">
<h4>Answers</h4>
${answerList(document, operation)}
</div>
</section>`
}

/** A path that may break before each of its parts, with its parameters set off. */
const pathOf = (path: string): string =>
  escapeHtml(path)
    .replaceAll('/', '<wbr>/')
    .replace(/\{[^}]+\}/g, '<i>$&</i>')

const marksOf = (operation: Operation): string[] => {
  const flag = operation['x-live-unless']
  return [
    `<span class="mark">needs ${capabilitiesOf(operation).join(' or ')}</span>`,
    ...(operation['x-live-client']
      ? [`<span class="mark live">live${flag === undefined ? '' : `, unless ${flag}`}</span>`]
      : []),
    ...(operation['x-limits'] ?? []).map((limit) => `<span class="mark">limit ${escapeHtml(limit)}</span>`),
    ...(operation.deprecated ? ['<span class="mark live">deprecated</span>'] : []),
    ...(operation['x-idempotent'] ? ['<span class="mark">idempotent</span>'] : []),
  ]
}

const places: Record<Place, string> = { path: 'Path', query: 'Query', header: 'Headers' }

const parameterLists = (document: Document, { operationId, parameters = [] }: Operation): string => {
  const all = parameters.map((given) => resolve(document, given))
  const lists = (Object.entries(places) as [Place, string][]).map(([place, title]) => {
    const members = all
      .filter((parameter) => parameter.in === place)
      .map((parameter) => ({ ...parameter, required: parameter.required ?? false }))
    if (members.length === 0) return ''
    return `<h4>${title}</h4>\n${memberList(document, members, { anchor: `${operationId}.${place}`, sent: true })}`
  })
  return lists.filter(Boolean).join('\n')
}
