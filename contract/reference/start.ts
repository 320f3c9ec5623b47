/** "Get started": from no token to a second page, with calls of the contract itself. */
import { type Document, type Endpoint, type Example, endpointsOf, jsonBodyOf, resolve, takesKey } from '../document.ts'
import { examplesBeside } from './answers.ts'
import { code, codeBlock, escapeHtml, jsonBlock, linkTo } from './html.ts'
import { anchorOf, headingsOf, inline } from './markdown.ts'
import { callOf } from './samples/call.ts'
import { pagingPanel } from './samples/paging.ts'
import { samplePanel } from './samples/panel.ts'

/** Where the gateway listens unless it is told otherwise; a script puts the page's own origin in its place. */
const usualOrigin = 'http://127.0.0.1:3000'
const mockOrigin = 'http://127.0.0.1:4010'

/** Steps with samples next to them; a step for which the contract has no operation is left out. */
export function start(document: Document): string {
  const endpoints = endpointsOf(document)
  const steps = [
    keyStep(document),
    firstStep(document, endpoints),
    errorStep(document, endpoints),
    pageStep(document, endpoints),
    keyedStep(document, endpoints),
    mockStep(document, endpoints),
  ]
  return `<section id="get-started" data-find="guide" data-words="">
<h2>${linkTo('get-started', 'Get started')}</h2>
${steps
  .filter((step) => step !== undefined)
  .map(
    ([title, told, beside]) =>
      `<div class="step"><div class="told"><h3>${title}</h3>\n${told}</div>\n<div class="beside">${beside}</div></div>`,
  )
  .join('\n')}
</section>`
}

type Step = [title: string, told: string, beside: string] | undefined

/** A link to a heading of the contract's description, or its words alone where it has none such. */
const see = ({ info }: Document, heading: string): string =>
  headingsOf(info.description).includes(heading) ? linkTo(anchorOf(heading), heading) : heading

const keyStep = (document: Document): Step => {
  const base = document.servers[0]?.url ?? ''
  const address = `<span data-origin>${usualOrigin}</span>${escapeHtml(base)}`
  return [
    'Get a key',
    `<p>Create a key where the gateway runs: it is the last line of what the command prints. The sandbox, <code>npm run sandbox</code>, prints
some when it starts. The samples on this page take the address and the key from the environment.</p>
<p>More: ${see(document, 'Tokens')}.</p>`,
    `<pre class="code"><code>npm run keys -- create --organization my-org --capabilities read,send,manage,events</code></pre>
<pre class="code"><code>export PARLEY=${address}
export TOKEN=wa_…</code></pre>`,
  ]
}

/** An operation that needs nothing but a token, and answers JSON. */
const firstCall = (document: Document, endpoints: Endpoint[]): Endpoint | undefined =>
  endpoints.find(({ method, path, operation }) => {
    const given = operation.responses['200']
    const isJson = given !== undefined && resolve(document, given).content?.['application/json'] !== undefined
    return method === 'GET' && !path.includes('{') && isJson
  })

const firstStep = (document: Document, endpoints: Endpoint[]): Step => {
  const first = firstCall(document, endpoints)
  if (first === undefined) return undefined
  const { operationId, summary } = first.operation
  const takesSession = endpoints.some(({ path }) => path.includes('{session}'))
  return [
    'Make the first call',
    `<p>${linkTo(operationId, inline(summary))} needs nothing but the key.${takesSession ? ` Most other operations are about one session: take its ${code('id')} from the answer, and set it with <code>export SESSION=sess_…</code> for their samples.` : ''}</p>`,
    samplePanel(`${summary}: request`, callOf(document, first)) +
      examplesBeside(document, first.operation, { folded: true }),
  ]
}

const errorStep = (document: Document, endpoints: Endpoint[]): Step => {
  const [first] = endpoints
  const refusal = first?.operation.responses['401']
  const [example] = Object.values((refusal && resolve(document, refusal).content?.['application/json']?.examples) ?? {})
  if (example === undefined) return undefined
  return [
    'Read errors',
    `<p>Every answer that is not 2xx has the same envelope. Branch on the status and on ${code('code')}; ${code('message')} is for people, and
may change. Quote the header ${code('X-Request-Id')} when you ask for help.</p>
<p>More: ${see(document, 'Errors')}; each operation lists every status that it answers.</p>`,
    jsonBlock(resolve<Example>(document, example).value),
  ]
}

const pageStep = (document: Document, endpoints: Endpoint[]): Step => {
  const list = endpoints.find(({ operation }) =>
    (operation.parameters ?? []).some((given) => resolve(document, given).name === 'cursor'),
  )
  if (list === undefined) return undefined
  return [
    'Read a list to its end',
    `<p>A list comes in pages. While ${code('nextCursor')} is not ${code('null')}, send it as ${code('cursor')}. Take no short or empty page for the
last one.</p>
<p>More: ${see(document, 'Lists')}.</p>`,
    pagingPanel(`${list.operation.summary}: every page`, callOf(document, list)),
  ]
}

const keyedStep = (document: Document, endpoints: Endpoint[]): Step => {
  const keyed = endpoints.find(({ operation }) => takesKey(document, operation) && jsonBodyOf(operation) !== undefined)
  if (keyed === undefined) return undefined
  return [
    'Retry without doing it twice',
    `<p>When an answer is lost, send the call again with the same ${code('Idempotency-Key')}: it takes effect once, and the retry gets the first
answer. Choose a new key, such as a UUID, for each new call.</p>
<p>More: ${see(document, 'Idempotency')}.</p>`,
    samplePanel(`${keyed.operation.summary}: request with a key`, callOf(document, keyed)),
  ]
}

const mockStep = (document: Document, endpoints: Endpoint[]): Step => {
  const first = firstCall(document, endpoints)
  if (first === undefined) return undefined
  const base = document.servers[0]?.url ?? ''
  return [
    'Try answers without a phone',
    `<p>The mock, <code>npm run mock</code>, answers with the examples on this page. The header ${code('Prefer')} chooses one by its status and its
name, and each example says which. Any token will do.</p>`,
    codeBlock(`export PARLEY=${mockOrigin}${base}
curl -i "$PARLEY${first.path}" \\
  -H "Authorization: Bearer $TOKEN" \\
  -H "Prefer: code=401"`),
  ]
}
