/** The code blocks of a Markdown page, in order, so that a test can do what the page tells its reader to do. */

export interface Block {
  /** `sh`, `js`, … */
  language: string
  text: string
  /** Of a comment on the line before the block: `<!-- file: server.js -->` is `{ file: 'server.js' }`. */
  notes: Readonly<Record<string, string>>
}

export const blocksOf = (markdown: string): Block[] =>
  [...markdown.matchAll(/(?:^ *<!-- (.*) -->\n)?^( *)```(\w+)\n([\s\S]*?)^ *```$/gm)].map(
    ([, comment = '', indent = '', language = '', text = '']) => ({
      language,
      text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      notes: notesOf(comment),
    }),
  )

const notesOf = (comment: string): Record<string, string> => {
  if (comment === '') return {}
  const [name = '', value = ''] = comment.split(': ')
  return { [name]: value }
}

/** Replaces the lines that a diff takes out by those that it puts in. @throws when they are not there */
export const patched = (source: string, diff: string): string => {
  const side = (sign: string) =>
    diff
      .split('\n')
      .filter((line) => line.startsWith(sign))
      .map((line) => `${line.slice(1)}\n`)
      .join('')
  if (!source.includes(side('-'))) throw new Error(`there is nothing to patch: ${side('-')}`)
  return source.replace(side('-'), () => side('+'))
}
