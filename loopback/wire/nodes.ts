import type { BinaryNode } from '@whiskeysockets/baileys'

export type { BinaryNode }

/** A node. Attributes that are `undefined` are left out. */
export function node(
  tag: string,
  attrs: Record<string, string | undefined> = {},
  content?: BinaryNode['content'],
): BinaryNode {
  const present: Record<string, string> = {}
  for (const [name, value] of Object.entries(attrs)) {
    if (value !== undefined) present[name] = value
  }
  return content === undefined ? { tag, attrs: present } : { tag, attrs: present, content }
}

/** The nodes directly inside; empty when the content is text, bytes or absent. */
export function children(parent: BinaryNode | undefined, tag?: string): BinaryNode[] {
  if (!parent || !Array.isArray(parent.content)) return []
  return tag === undefined ? parent.content : parent.content.filter((child) => child.tag === tag)
}

/** The first node with this tag directly inside, or the one at the end of a path of tags. */
export function child(parent: BinaryNode | undefined, ...path: string[]): BinaryNode | undefined {
  let found = parent
  for (const tag of path) found = children(found, tag)[0]
  return found
}

/**
 * The content as bytes.
 * @throws when the node is absent or holds other nodes
 */
export function bytes(of: BinaryNode | undefined, length?: number): Buffer {
  if (!of || of.content === undefined || Array.isArray(of.content))
    throw new Error(`no bytes in ${of?.tag ?? 'a node'}`)
  const content = Buffer.from(of.content)
  if (length !== undefined && content.length !== length) {
    throw new Error(`${of.tag} has ${content.length} bytes, not ${length}`)
  }
  return content
}

/** The content as an unsigned number, most significant byte first. */
export function uint(of: BinaryNode | undefined): number {
  const content = bytes(of)
  return content.readUIntBE(0, content.length)
}

/** `value` in `length` bytes, most significant first. */
export function uintBytes(value: number, length: number): Buffer {
  const content = Buffer.alloc(length)
  content.writeUIntBE(value, 0, length)
  return content
}

/** The time as stanzas carry it: seconds since 1970, UTC. */
export function seconds(epochMs = Date.now()): string {
  return String(Math.floor(epochMs / 1000))
}
