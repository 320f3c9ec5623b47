/**
 * Changes of settings by other devices of the account. The library notes that it has read all of a sync, and works them off then,
 * one after another: one that breaks it off would take all that follow with it, for good.
 */
import type { Baileys, BaileysEventEmitter, ChatMutation, Contact } from '../library.ts'

/** Nobody hears of a trial. */
const deaf = { emit: () => true } as unknown as BaileysEventEmitter

/** Of a first sync, and of all others. */
const syncs = [undefined, { accountSettings: { unarchiveChats: false } }]

/**
 * Takes out of a change what the library can't work with: nothing is left of it then.
 * @param action as the library names it to its log, right before it reads it
 * @returns false when there was something
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
