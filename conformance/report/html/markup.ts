/** HTML from templates in which every text is text, wherever it came from. */

export interface Markup {
  readonly markup: string
}

type Piece = Markup | string | number | false | undefined | readonly Piece[]

/** Texts and numbers are escaped, markup is taken as it is, lists are joined, `false` and `undefined` are nothing. */
export const html = (strings: TemplateStringsArray, ...pieces: readonly Piece[]): Markup => ({
  markup: strings.map((text, index) => text + (index < pieces.length ? rendered(pieces[index]) : '')).join(''),
})

const rendered = (piece: Piece): string => {
  if (piece === undefined || piece === false) return ''
  if (typeof piece === 'string' || typeof piece === 'number') return escaped(String(piece))
  return 'markup' in piece ? piece.markup : piece.map(rendered).join('')
}

/** For elements and for attributes in double quotes; characters that HTML does not have become U+FFFD. */
export const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/[^\P{Cc}\t\n]/gu, '\ufffd')
    .replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
