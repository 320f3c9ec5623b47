/** What servers that page in their own way have in common: which lists are tried, and which cases walk them. */
import type { Mutant } from '../mutant.ts'

export type List = 'listSessions' | 'listChats' | 'listChatMessages'
export const lists = ['listSessions', 'listChats', 'listChatMessages'] as const
/** The same lines judge all lists: two show what all would. */
export const tried = ['listSessions', 'listChatMessages'] as const
export type Tried = (typeof tried)[number]

export interface Page {
  data: object[]
  nextCursor: string | null
}

export const wrong = (id: List, variant: string) => `${id}/400|422/validation_error/${variant}`
export const walks = (id: Tried) => [`${id}/200/-/walk-by-1`, `${id}/200/-/walk-by-2`]

/** They look for the newest message of a chat, or for one that has come in. */
const newestMessages = ['listEvents/200/*']

/** Whatever walks. */
export const walkers = (id: Tried) =>
  ({
    listSessions: [`${id}/200/*`, 'getSession/200/-/as-listed', 'updateSession/200/-/all', 'deleteSession/204/-/gone'],
    listChatMessages: [`${id}/200/*`, 'getMessage/200/-/as-listed', ...newestMessages],
  })[id]

/** The same fault in one list at a time. */
export const each = (mutant: (id: Tried) => Mutant): Mutant[] =>
  tried.map((id) => ({ ...mutant(id), id: `${mutant(id).id}/${id}` }))
