/** The table of contents: next to the text on a wide screen, above it on a phone when opened. */
import { type Document, endpointsOf } from '../document.ts'
import { eventChapter, eventsOf } from './event.ts'
import { escapeHtml, fold, linkTo, methodBadge } from './html.ts'
import { anchorOf, headingsOf, inline } from './markdown.ts'
import { schemaAnchor, sectionedSchemas } from './schema.ts'

/** On a phone `#contents` in the address shows it: it opens and closes by links, without a script. */
export function contents(document: Document): string {
  const { info, tags } = document
  const endpoints = endpointsOf(document)
  const ofTag = (tag: string) =>
    endpoints
      .filter(({ operation }) => operation.tags.includes(tag))
      .map(({ method, operation }) =>
        linkTo(operation.operationId, `${methodBadge(method)}<span>${inline(operation.summary)}</span>`),
      )
  const guide = headingsOf(info.description).map((heading) => linkTo(anchorOf(heading), inline(heading)))
  return `<nav id="contents" aria-label="Contents">
<a class="close" href="#top">Close</a>
<p><a class="home" href="#top">${escapeHtml(info.title)}</a> <small>${escapeHtml(info.version)}</small></p>
<button class="search" type="button" data-search hidden>Search <kbd>/</kbd></button>
${listOf([linkTo('get-started', 'Get started'), ...guide])}
${tags.map(({ name }) => group(name, ofTag(name), true)).join('\n')}
${group(
  eventChapter,
  eventsOf(document).map(([event, { post }]) => linkTo(post.operationId, `<span>${escapeHtml(event)}</span>`)),
  true,
)}
${listOf([linkTo('chapter-headers-of-answers', 'Headers of answers')])}
${group(
  'Schemas',
  sectionedSchemas(document).map(([name]) => linkTo(schemaAnchor(name), name)),
  false,
)}
</nav>`
}

const listOf = (links: string[]): string => `<ul>${links.map((link) => `<li>${link}</li>`).join('\n')}</ul>`

const group = (title: string, links: string[], open: boolean): string =>
  links.length === 0 ? '' : fold('group', open, escapeHtml(title), listOf(links))
