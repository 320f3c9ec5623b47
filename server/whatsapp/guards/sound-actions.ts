/**
 * Checks changes of settings by other devices of the account. The library first notes a sync as read, and then applies its changes one
 * after the other: a change that throws would lose all following ones permanently.
 */
import type { Baileys, BaileysEventEmitter, ChatMutation, Contact } from '../library.ts'

/** A trial has no listeners. */
const deaf = { emit: () => true } as unknown as BaileysEventEmitter

/** Of a first sync, and of all others. */
const syncs = [undefined, { accountSettings: { unarchiveChats: false } }]

/**
 * Empties a change that the library cannot process.
 * @param action as the library names it to its log, right before it reads it
 * @returns false when it was emptied
 */
export const makeSound = (
  { processSyncAction }: Pick<Baileys, 'processSyncAction'>,
  action: unknown,
  me: Contact,
): boolean => {
  const mutation = action as ChatMutation
  try {
    for (const initial of syncs) processSyncAction(mutation, deaf, me, initial)
    return true
  } catch {
    mutation.index = ['', '']
    mutation.syncAction = { value: {} }
    return false
  }
}
