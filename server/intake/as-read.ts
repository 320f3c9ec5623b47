/** Messages that count as read by being taken in. */
import type { Fact } from '../model/facts.ts'

/** The fact, marked as read; as it is when it brings no message. */
export const asRead = (fact: Fact): Fact => {
  if (fact.kind === 'sealed') return { ...fact, carrier: { ...fact.carrier, read: true } }
  return fact.kind === 'message' ? { ...fact, read: true } : fact
}

/** Whether it was marked so. */
export const isMarkedRead = (fact: Fact): boolean =>
  (fact.kind === 'sealed' ? fact.carrier.read : fact.kind === 'message' && fact.read) === true
