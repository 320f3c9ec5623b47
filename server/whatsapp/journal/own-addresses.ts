import { bareJid } from '../../model/jid.ts'
import type { SignalRepositoryWithLIDStore } from '../library.ts'

/**
 * Who the account is, WhatsApp says at each login. What else names it beside a stranger's address would have the library look for
 * the keys of its own phone under that one, and find none.
 */
export const keepOwnAddresses = (
  mappings: Pick<SignalRepositoryWithLIDStore['lidMapping'], 'storeLIDPNMappings'>,
  me: () => { id: string; lid: string },
): void => {
  const store = mappings.storeLIDPNMappings.bind(mappings)
  const isPlausible = ({ lid, pn }: { lid: string; pn: string }) => {
    const [ownNumber, ownLid] = [bareJid(me().id), bareJid(me().lid)]
    if (ownNumber === undefined || ownLid === undefined) return true
    return (bareJid(pn) === ownNumber) === (bareJid(lid) === ownLid)
  }
  mappings.storeLIDPNMappings = async (pairs) => {
    const plausible = pairs.filter(isPlausible)
    return plausible.length === 0 ? undefined : store(plausible)
  }
}
