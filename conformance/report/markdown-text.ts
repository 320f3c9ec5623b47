/** Foreign text in Markdown: it stays text, whatever it holds. */

/** One line of plain words. */
export const words = (text: string): string => inHtml(text).replaceAll(/[\\`*_[\]|~!]/g, '\\$&')

/** One line within an HTML element that stands on a line of its own, where Markdown is not read. */
export const inHtml = (text: string): string =>
  oneLine(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    // No person and no issue of the repository is meant.
    .replaceAll(/[@#](?=\w)/g, '$&\u200b')

/** Code within a line. A pipe would end a table's cell even there. */
export const code = (text: string): string => {
  const line = oneLine(text).replaceAll('|', '∣')
  const ticks = '`'.repeat(longestRun(line) + 1)
  return ticks.length === 1 ? `\`${line}\`` : `${ticks} ${line} ${ticks}`
}

/** A block that nothing within it can end. */
export const fenced = (language: string, text: string): string => {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1))
  return `${fence}${language}\n${text.replaceAll(/[^\P{Cc}\t\n]/gu, '\ufffd')}\n${fence}`
}

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  rows.length === 0 ? [] : [row(head), row(head.map(() => '---')), ...rows.map(row)]

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`

const oneLine = (text: string) =>
  text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\p{Cc}/gu, '\ufffd')
    .trim()

const longestRun = (text: string) => Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length))
