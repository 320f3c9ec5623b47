import type { Document, Schema } from './document.ts'

/** The closed lists of words of a contract, for code that would otherwise repeat them. */
export function enums(document: Document): string {
  const lists = Object.entries(document.components.schemas).flatMap(([name, schema]) => listsOf(name, schema))
  return `
    /** What a token may be good for: the role names in \`security\`. */
    export const capabilities = ${JSON.stringify(document['x-capabilities'])} as const

    export type Capability = (typeof capabilities)[number]

    /** The words that a schema, or a member of one, may be: \`Schema\` or \`Schema.member\`, in the contract's order. */
    export const enums = {
      ${lists.map(([name, words]) => `${JSON.stringify(name)}: ${JSON.stringify(words)}`).join(',\n')}
    } as const
  `
}

function listsOf(name: string, { enum: words, properties = {}, items }: Schema): [name: string, words: unknown[]][] {
  if (words !== undefined) return [[name, words]]
  const members = Object.entries(properties).flatMap(([member, schema]) => listsOf(`${name}.${member}`, schema))
  return items === undefined ? members : [...members, ...listsOf(name, items)]
}
