/** The rules by which WhatsApp refuses a message of a client. */
import type { Client } from '../client.ts'
import { bare, isGroup, isLid } from '../wire/jids.ts'
import type { BinaryNode } from '../wire/nodes.ts'

/** @returns the error of the ack; undefined when no rule applies */
export function refusalOf(stanza: BinaryNode, to: string, client: Client): number | undefined {
  return isGroup(to) ? groupRefusal(to, client) : addressRefusal(stanza, to, client)
}

/**
 * 401 is what public reports show for somebody who is no member. 404 and 403 (only admins may write) are assumptions: the client
 * library queries the group first and does not get as far.
 */
function groupRefusal(to: string, { network, companion }: Client): number | undefined {
  const group = network.groups.get(to)
  if (!group) return 404
  if (!group.members.includes(companion.account)) return 401
  if (group.isAnnounceOnly && !group.admins.has(companion.account)) return 403
  return undefined
}

/** Reported for real accounts: 463 for a phone number once the account is migrated to LIDs, 400 for a LID until then. */
function addressRefusal({ attrs }: BinaryNode, to: string, { network, companion }: Client): number | undefined {
  const { account } = companion
  if (account.isMigrated === undefined || attrs.category === 'peer' || network.find(to) === account) return undefined
  if (isLid(bare(to)) === account.isMigrated) return undefined
  return account.isMigrated ? 463 : 400
}
