import type { Poll } from '../../model/message.ts'
import { optionHash } from '../../model/poll-option.ts'

/** A poll as it is stored. */
export interface StoredPoll extends Omit<Poll, 'options'> {
  /** Names by the keys with which votes name them, in the poll's order. */
  options: Record<string, string>
}

/** How votes name an option. It begins with a letter, so that objects keep the order of their keys. */
export const optionKey = (sha256: string): string => `o${sha256.slice(0, 16)}`

/** JSON of a poll. */
export const pollColumn = ({ name, options, selectableCount }: Poll): string => {
  const keyed = options.map((option) => [optionKey(optionHash(option).toString('hex')), option])
  const stored: StoredPoll = { name, options: Object.fromEntries(keyed), selectableCount }
  return JSON.stringify(stored)
}

/** The names of the options with these keys. */
export const chosenIn = (poll: string | null, keys: readonly string[]): string[] => {
  const stored: StoredPoll | null = poll === null ? null : JSON.parse(poll)
  return keys.flatMap((key) => stored?.options[key] ?? [])
}
