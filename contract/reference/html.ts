const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Text as content of an HTML element; not for attributes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>]/g, (character) => entities[character] ?? '')

/** Text as an attribute's value between double quotes. */
export const escapeAttribute = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => entities[character] ?? '')

/** `text` in a `code` element. */
export const code = (text: unknown): string => `<code>${escapeHtml(String(text))}</code>`

/** A link to a place on the page. @param text HTML */
export const linkTo = (anchor: string, text: string): string => `<a href="#${escapeAttribute(anchor)}">${text}</a>`

/** The colour of a method's name comes with its class. */
export const methodBadge = (method: string): string => `<b class="method ${method.toLowerCase()}">${method}</b>`

/** The colour of a status comes with the class of its hundreds. */
export const statusBadge = (status: string): string => `<b class="status s${status[0]}">${status}</b>`

/** What can be folded away. @param summary and inside HTML */
export const fold = (kind: string, open: boolean, summary: string, inside: string): string =>
  `<details class="${kind}"${open ? ' open' : ''}><summary>${summary}</summary>${inside}</details>`

/** A text to copy: program, command or JSON. */
export const codeBlock = (text: string): string => `<pre class="code"><code>${escapeHtml(text)}</code></pre>`

/** A value as indented JSON, to copy; the names of members are set off. */
export const jsonBlock = (value: unknown): string =>
  codeBlock(JSON.stringify(value, null, 2)).replace(/^( *)("(?:[^"\\]|\\.)*")(?=: )/gm, '$1<i>$2</i>')
