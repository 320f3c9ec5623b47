import { code, escapeAttribute, escapeHtml } from './html.ts'

/** `code`, **strong** and nothing else, within a line. */
export const inline = (text: string): string =>
  escapeHtml(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')

/** The words of a line without its marks. */
const plain = (text: string) => text.replace(/[`*]/g, '')

const cellsOf = (row: string) =>
  row
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => cell.trim())

/** On a narrow screen each row is a card, and `data-label` its cells' headings. The roles outlive that. */
const table = ([head = '', , ...rows]: string[]): string => {
  const labels = cellsOf(head)
  const cell = (text: string, column: number) =>
    `<td role="cell" data-label="${escapeAttribute(plain(labels[column] ?? ''))}"><div>${inline(text)}</div></td>`
  const row = (line: string) => `<tr role="row">${cellsOf(line).map(cell).join('')}</tr>`
  const header = labels.map((label) => `<th role="columnheader" scope="col">${inline(label)}</th>`).join('')
  return `<table role="table">
<thead role="rowgroup"><tr role="row">${header}</tr></thead>
<tbody role="rowgroup">${rows.map(row).join('\n')}</tbody>
</table>`
}

const listItem = /^(\d+\.|[-*]) /

/** A line that begins no item goes on with the one before. */
const list = (lines: string[]): string => {
  const items: string[] = []
  for (const line of lines)
    if (listItem.test(line)) items.push(line.replace(listItem, ''))
    else items.push(`${items.pop() ?? ''} ${line.trim()}`)
  const kind = /^\d/.test(lines[0] ?? '') ? 'ol' : 'ul'
  return `<${kind}>\n${items.map((item) => `<li>${inline(item)}</li>`).join('\n')}\n</${kind}>`
}

/** `Live and stored` → `live-and-stored`. */
export const anchorOf = (heading: string): string =>
  plain(heading)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')

/** The headings of a text of several sections, in order. */
export const headingsOf = (text: string): string[] =>
  [...text.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading)

const block = (text: string): string => {
  if (text.startsWith('|')) return table(text.split('\n'))
  if (text.startsWith('```')) return `<pre class="code">${code(text.replace(/^```.*\n|\n```$/g, ''))}</pre>`
  if (listItem.test(text)) return list(text.split('\n'))
  return `<p>${inline(text.replaceAll('\n', ' '))}</p>`
}

/** The Markdown that the contract's descriptions use, within a section: paragraphs, lists, tables, fenced code. */
export const markdown = (text: string): string =>
  text
    .trim()
    .split(/\n{2,}/)
    .map(block)
    .join('\n')
