import type { OutcomeFact } from '../../model/facts.ts'
import { refusalOf } from '../../model/refusals.ts'
import type { BinaryNode } from '../library.ts'
import { idOf } from './addresses.ts'
import { millisOf } from './plain.ts'
import type { Reading } from './reading.ts'

/** WhatsApp's acknowledgement of a stanza that this client wrote, or its refusal. */
export const outcomeFacts = ({ attrs }: Pick<BinaryNode, 'attrs'>, reading: Reading): OutcomeFact[] => {
  const id = idOf(attrs.id)
  if (id === undefined) return []
  const at = millisOf(attrs.t) ?? reading.now
  const { error } = attrs
  return [{ kind: 'outcome', id, at, ...(error !== undefined && { failure: refusalOf(error) }) }]
}
