/**
 * The members of groups, for the messages that are sent to them: WhatsApp limits how often it can be asked. They are known for one connection,
 * until WhatsApp says that something has changed in the group, or answers a message in a way that leaves doubt.
 */
import type { Jid } from '../../model/jid.ts'
import { createLru } from '../../model/lru.ts'
import type { GroupMetadata } from '../library.ts'

export interface GroupMembers {
  /**
   * Asks WhatsApp, unless it is known. @returns the group with its members' addresses, in the form that the group uses
   * @throws when WhatsApp refuses, as it does to who is no member
   */
  fetch(group: Jid): Promise<GroupMetadata>
  /** For the library, which asks itself when it gets undefined. */
  known(group: Jid): GroupMetadata | undefined
  /** The next message asks again. */
  forget(group: Jid): void
}

/** A group has at most 1,024 members: together at most some megabytes. */
const maxGroups = 50

/** @param ask asks WhatsApp for a group */
export const createGroupMembers = (ask: (group: Jid) => Promise<GroupMetadata>): GroupMembers => {
  const groups = createLru<Jid, GroupMetadata>(maxGroups)
  const asking = new Map<Jid, Promise<GroupMetadata>>()

  const answered = async (group: Jid) => {
    const answer = ask(group).then(neededOf)
    asking.set(group, answer)
    try {
      const metadata = await answer
      // Otherwise the answer may be older than a change.
      if (asking.get(group) === answer) groups.set(group, metadata)
      return metadata
    } finally {
      if (asking.get(group) === answer) asking.delete(group)
    }
  }

  return {
    fetch: async (group) => groups.get(group) ?? asking.get(group) ?? answered(group),
    known: (group) => groups.get(group),
    forget(group) {
      asking.delete(group)
      groups.delete(group)
    },
  }
}

/** What the library needs to send a message. */
const neededOf = (metadata: GroupMetadata): GroupMetadata => {
  const { id, owner, subject, addressingMode, ephemeralDuration } = metadata
  return {
    id,
    owner,
    subject,
    participants: metadata.participants.map((member) => ({ id: member.id })),
    ...(addressingMode !== undefined && { addressingMode }),
    ...(ephemeralDuration !== undefined && { ephemeralDuration }),
  }
}
