/** The members of groups, for the messages that are sent to them. */
import type { Jid } from '../../model/jid.ts'
import { createLru } from '../../model/lru.ts'
import type { GroupMetadata } from '../library.ts'

export interface GroupMembers {
  /**
   * Asks WhatsApp. @returns their addresses, in the form that the group uses
   * @throws when WhatsApp refuses, as it does to who is no member
   */
  fetch(group: Jid): Promise<Jid[]>
  /** What WhatsApp answered last; for the library, which asks itself when it gets undefined. */
  known(group: Jid): GroupMetadata | undefined
}

const maxGroups = 200

/** @param ask asks WhatsApp for a group */
export const createGroupMembers = (ask: (group: Jid) => Promise<GroupMetadata>): GroupMembers => {
  const groups = createLru<Jid, GroupMetadata>(maxGroups)
  return {
    async fetch(group) {
      const metadata = await ask(group)
      groups.set(group, metadata)
      return metadata.participants.map(({ id }) => id)
    },
    known: (group) => groups.get(group),
  }
}
