/** The same call in several languages; the first is open, and a page with scripts makes tabs of them. */
import { escapeAttribute, escapeHtml } from '../html.ts'
import type { Call } from './call.ts'
import { curl } from './curl.ts'
import { javascript } from './javascript.ts'
import { python } from './python.ts'

export type Language = 'curl' | 'JavaScript' | 'Python'

const writers: Record<Language, (call: Call) => string> = { curl, JavaScript: javascript, Python: python }

/** A panel of a call, as HTML. @param title what the samples do, for those who can't see where they stand */
export const samplePanel = (title: string, call: Call): string =>
  textPanel(
    title,
    Object.entries(writers).map(([language, write]) => [language as Language, write(call)]),
  )

/** The same of given texts. */
export const textPanel = (title: string, texts: [language: Language, text: string][]): string =>
  `<div class="samples" role="group" aria-label="${escapeAttribute(title)}">
${texts
  .map(
    ([language, text], index) =>
      `<details class="sample" data-language="${language}"${index === 0 ? ' open' : ''}><summary>${language}</summary><pre class="code"><code>${escapeHtml(text)}</code></pre></details>`,
  )
  .join('\n')}
</div>`
