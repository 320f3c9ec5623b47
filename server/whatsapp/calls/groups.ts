import type { Jid } from '../../model/jid.ts'
import { labelOf } from '../../model/text.ts'
import type { GroupMembers } from './group-members.ts'

/** Undefined when it has none. @throws when WhatsApp refuses, as it does to who is no member */
export const groupName = async (members: Pick<GroupMembers, 'fetch'>, jid: Jid): Promise<string | undefined> =>
  labelOf((await members.fetch(jid)).subject)
