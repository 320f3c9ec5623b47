import { type BinaryNode, node, seconds } from '../wire/nodes.ts'

/** A receipt for one or more messages. */
export function receiptNode(attrs: Record<string, string | undefined>, [id, ...more]: string[]): BinaryNode {
  const items = more.map((other) => node('item', { id: other }))
  return node('receipt', { ...attrs, id, t: seconds() }, items.length > 0 ? [node('list', {}, items)] : undefined)
}
