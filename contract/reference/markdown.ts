const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** Text as content of an HTML element; not for attributes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>]/g, (character) => entities[character] ?? '')

/** `code`, **strong** and nothing else, within a line. */
export const inline = (text: string): string =>
  escapeHtml(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')

const cells = (row: string) =>
  row
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => inline(cell.trim()))

const table = ([head = '', , ...rows]: string[]) => `<div class="wide"><table>
<thead><tr>${cells(head)
  .map((cell) => `<th>${cell}</th>`)
  .join('')}</tr></thead>
<tbody>${rows
  .map(
    (row) =>
      `<tr>${cells(row)
        .map((cell) => `<td>${cell}</td>`)
        .join('')}</tr>`,
  )
  .join('\n')}</tbody>
</table></div>`

/** `Live and stored` → `live-and-stored`. */
export const anchorOf = (heading: string): string => heading.toLowerCase().replace(/[^a-z0-9]+/g, '-')

/** The Markdown that the contract's descriptions use: second-level headings, paragraphs, tables. */
export const markdown = (text: string): string =>
  text
    .trim()
    .split(/\n{2,}/)
    .map((block) => {
      if (block.startsWith('## ')) return `<h2 id="${anchorOf(block.slice(3))}">${inline(block.slice(3))}</h2>`
      if (block.startsWith('|')) return table(block.split('\n'))
      return `<p>${inline(block.replaceAll('\n', ' '))}</p>`
    })
    .join('\n')
