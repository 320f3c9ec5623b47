import { bareJid } from '../../model/jid.ts'
import type { SignalRepositoryWithLIDStore } from '../library.ts'

/**
 * WhatsApp sends the account's own addresses at each login. Anything else that pairs them with a stranger's address is removed, because
 * the library would look up the keys of the account's phone under that address, and find none.
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
