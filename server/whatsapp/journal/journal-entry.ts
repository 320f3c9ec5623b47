/** Serializes an entry of the decrypt journal: the stanza without its ciphertexts, and the plaintext of one. */
import { createHash } from 'node:crypto'
import type { BinaryNode } from '../library.ts'

export interface Journaled {
  /** In place of each ciphertext is its hash. */
  stanza: BinaryNode
  /** The plaintext with padding; absent when the stanza was not encrypted, or the ciphertext could not be decrypted. */
  plaintext?: Buffer
}

export const hashOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

/** The ciphertexts of a message stanza, in the order in which they are decrypted. */
export const ciphertextsOf = ({ content }: BinaryNode): Uint8Array[] =>
  Array.isArray(content)
    ? content.flatMap((child) => (child.tag === 'enc' && child.content instanceof Uint8Array ? [child.content] : []))
    : []

/** The stanza with its ciphertexts mapped to others. */
export const withCiphertexts = (
  stanza: BinaryNode,
  replace: (ciphertext: Uint8Array) => Uint8Array,
): BinaryNode & { content: BinaryNode[] } => ({
  ...stanza,
  content: (Array.isArray(stanza.content) ? stanza.content : []).map((child) =>
    child.tag === 'enc' && child.content instanceof Uint8Array ? { ...child, content: replace(child.content) } : child,
  ),
})

/** The key of an entry that notes only that this ciphertext arrived; if it is decrypted later, that is another entry. */
export const unreadableHash = (hash: Buffer): Buffer => hashOf(Buffer.concat([Buffer.from('unreadable'), hash]))

/** The hash of a stanza without ciphertext: of all of it except the mark that it came from the offline queue. */
export const stanzaHash = ({ attrs: { offline: _, ...attrs }, ...stanza }: BinaryNode): Buffer =>
  hashOf(encodeEntry({ stanza: { ...stanza, attrs } }))

export const encodeEntry = ({ stanza, plaintext }: Journaled): Buffer =>
  Buffer.from(JSON.stringify({ stanza: written(stanza), plaintext: plaintext?.toString('base64') }))

/** @throws SyntaxError when the bytes are not an entry */
export const decodeEntry = (bytes: Buffer): Journaled => {
  const { stanza, plaintext } = JSON.parse(bytes.toString()) as { stanza: Written; plaintext?: string }
  return { stanza: read(stanza), ...(plaintext !== undefined && { plaintext: Buffer.from(plaintext, 'base64') }) }
}

/** Bytes as base64 in an object, so that they differ from text. */
interface Written {
  tag: string
  attrs: Record<string, string>
  content?: string | { bytes: string } | Written[]
}

const written = ({ tag, attrs, content }: BinaryNode): Written => {
  if (content === undefined) return { tag, attrs }
  if (Array.isArray(content)) return { tag, attrs, content: content.map(written) }
  if (typeof content === 'string') return { tag, attrs, content }
  return { tag, attrs, content: { bytes: Buffer.from(content).toString('base64') } }
}

const read = ({ tag, attrs, content }: Written): BinaryNode => {
  if (content === undefined) return { tag, attrs }
  if (Array.isArray(content)) return { tag, attrs, content: content.map(read) }
  if (typeof content === 'string') return { tag, attrs, content }
  return { tag, attrs, content: Buffer.from(content.bytes, 'base64') }
}
