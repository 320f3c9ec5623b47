/**
 * Whether WhatsApp takes messages and presence for people by LID or by phone number. It is a property of the account: the chats of one that
 * is migrated are by LID, and of one that is not by phone number. Migration is never undone. While nothing is known, it is the address
 * by which the chat is shown. Until the account is known to be migrated, a message that WhatsApp refuses for its address is sent once
 * more, under the same id, with the other one: the account may have been migrated just now.
 */
import { bareJid, isLid, isPerson, isPhone, type Jid } from '../../model/jid.ts'
import type { BinaryNode, SignalDataSet, SignalKeyStore, WASocket } from '../library.ts'

export interface Addressing {
  /** The address that WhatsApp takes; the same when it has no other. */
  of(jid: Jid): Promise<Jid>
  /** Call with what WhatsApp says of the account. */
  learn(isMigrated: boolean): void
  /** Writes a message. @returns what the work returns */
  write<T>(message: { to: Jid; id: string }, work: (to: Jid) => Promise<T>): Promise<T>
  /**
   * Call with each answer to a message.
   * @param pass called when the answer is final: not when the message is sent once more
   */
  answered(ack: Pick<BinaryNode, 'attrs'>, pass: () => void): void
}

/** What this needs of the library's socket. */
export type Mapped = { signalRepository: { lidMapping: Pick<LidMapping, 'getLIDForPN' | 'getPNForLID'> } }
type LidMapping = WASocket['signalRepository']['lidMapping']

interface Guess {
  as: Jid
  /** Tells the first refusal; absent until there is one. */
  refused?: () => void
  again: (to: Jid) => Promise<unknown>
}

/** Stored with the keys of the session, so that another pairing starts with none. */
const keyType = 'addressing'
const keyId = 'account'

/** The most messages without an answer; of others a refusal is final. */
const maxGuesses = 1_000

export const createAddressing = (keys: SignalKeyStore, socket: () => Mapped): Addressing => {
  const guesses = new Map<string, Guess>()
  let isMigrated: boolean | undefined
  let loading: Promise<void> | undefined

  const load = async () => {
    const stored = await keys.get(keyType as 'session', [keyId])
    const value: unknown = stored[keyId]
    if (isMigrated === undefined && isLatch(value)) isMigrated = value.isMigrated
  }

  const learn = (value: boolean) => {
    if (isMigrated === true || isMigrated === value) return
    isMigrated = value
    // A store that fails ends the connection by itself.
    Promise.resolve(keys.set({ [keyType]: { [keyId]: { isMigrated } } } as SignalDataSet)).catch(() => {})
  }

  const other = async (jid: Jid): Promise<Jid | undefined> => {
    const { lidMapping } = socket().signalRepository
    const found = isLid(jid) ? await lidMapping.getPNForLID(jid) : await lidMapping.getLIDForPN(jid)
    return bareJid(found)
  }

  const of = async (jid: Jid): Promise<Jid> => {
    if (!isPerson(jid)) return jid
    loading ??= load()
    await loading
    if (isMigrated === undefined || isLid(jid) === isMigrated) return jid
    return (await other(jid)) ?? jid
  }

  const note = (id: string, guess: Guess) => {
    const [oldest] = guesses.keys()
    if (oldest !== undefined && guesses.size >= maxGuesses) guesses.delete(oldest)
    guesses.set(id, guess)
  }

  const tryOther = async (id: string, { as, again }: Guess, refused: () => void) => {
    const to = await other(as)
    if (to === undefined) throw new Error('there is no other address')
    note(id, { as: to, refused, again })
    try {
      await again(to)
    } catch (error) {
      guesses.delete(id)
      throw error
    }
  }

  return {
    of,
    learn,

    async write({ to, id }, work) {
      const as = await of(to)
      if (isMigrated !== true && isPerson(as)) note(id, { as, again: work })
      return work(as)
    },

    answered({ attrs: { id = '', error } }, pass) {
      const guess = guesses.get(id)
      guesses.delete(id)
      if (guess === undefined) return pass()
      const { as, refused } = guess
      if (refused === undefined && isMigrated !== true && isOfAddress(as, error)) {
        tryOther(id, guess, pass).catch(pass)
        return
      }
      if (refused !== undefined && error === undefined) learn(isLid(as))
      // The first refusal is the one that says why.
      if (refused !== undefined && error !== undefined) refused()
      else pass()
    },
  }
}

const isLatch = (value: unknown): value is { isMigrated: boolean } =>
  typeof value === 'object' && value !== null && 'isMigrated' in value && typeof value.isMigrated === 'boolean'

/** 463 is also what a restricted account gets, by either address. */
const isOfAddress = (to: Jid, error: string | undefined) => (isPhone(to) ? error === '463' : error === '400')

/** The experiment flag of chats by LID, `lid_one_on_one_migration_enabled`. */
const migrationFlag = '9435'

/** What WhatsApp says of the account in a stanza: when it logs in. Undefined when it says nothing. */
export const migrationIn = ({ tag, content }: BinaryNode): boolean | undefined => {
  if (tag !== 'iq' || !Array.isArray(content)) return undefined
  const props = content.find((child) => child.tag === 'props')?.content
  if (!Array.isArray(props)) return undefined
  const flag = props.find(({ attrs }) => attrs.config_code === migrationFlag)?.attrs.config_value
  return flag === undefined ? undefined : flag === '1'
}
