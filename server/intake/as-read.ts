/** Messages that count as read as soon as they are stored. */
import type { Fact } from '../model/facts.ts'

/** The fact, marked as read if it is a message. */
export const asRead = (fact: Fact): Fact => {
  if (fact.kind === 'sealed') return { ...fact, carrier: { ...fact.carrier, read: true } }
  return fact.kind === 'message' ? { ...fact, read: true } : fact
}

/** Whether it was marked so. */
export const isMarkedRead = (fact: Fact): boolean =>
  (fact.kind === 'sealed' ? fact.carrier.read : fact.kind === 'message' && fact.read) === true
