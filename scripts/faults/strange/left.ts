/** Describes the entries that are left in a session's journal, for finding the cause. */
import { loadEncryptionKey } from '../../../server/store/key-file.ts'
import { createSealer } from '../../../server/store/seal.ts'
import { openSqliteStore } from '../../../server/store/sqlite.ts'
import { ciphertextsOf } from '../../../server/whatsapp/journal/journal-entry.ts'
import { createSealedJournal } from '../../../server/whatsapp/journal/sealed-journal.ts'
import type { World } from '../harness/world.ts'

export interface Left {
  /** Of its message. */
  id: string | undefined
  /** Kind and addresses of its stanza. */
  words: string
  hasCiphertext: boolean
  /** Another ciphertext of its stanza was unreadable: it is kept until that one is sent again. */
  isPartial: boolean
  /** Its incomplete attempts. */
  attempts: number
}

/** Read while the gateway runs: entries that are stored meanwhile may be missing, or listed although they are settled. */
export const leftInJournal = async ({ dataDir, database, sessionId }: World): Promise<Left[]> => {
  const sealer = createSealer(await loadEncryptionKey({ dataDir }))
  const store = await openSqliteStore({ file: database })
  // For reading only: no lease has epoch 0.
  const owned = { sessionId, organizationId: '', epoch: 0 }
  const sealed = createSealedJournal({ owned, store, sealer, attempt: (work) => work(), onUnreadable: () => {} })
  const left: Left[] = []
  for await (const { stanza, plaintext, attempts } of sealed.open()) {
    const { content, attrs } = stanza
    const children = Array.isArray(content) ? content.map((child) => `${child.tag}:${child.attrs.type ?? ''}`) : []
    const { id, notify: _name, ...shown } = attrs
    const siblings = await Promise.all(ciphertextsOf(stanza).map((hash) => sealed.find(Buffer.from(hash))))
    left.push({
      id,
      words: `${JSON.stringify(shown)} [${children}] ${plaintext?.length ?? 'no'} bytes, ${attempts} attempts`,
      hasCiphertext: plaintext !== undefined,
      isPartial: siblings.includes(undefined),
      attempts,
    })
  }
  await store.close()
  return left
}

/** A kill may meet the same entry twice while it is given back to the library; its message was stored before. */
export const setAsideIn = (left: readonly Left[]): Left[] => left.filter(({ attempts }) => attempts >= 2)

/** Entries that should have been settled: without those whose stanza has another unreadable part, and those that are set aside. */
export const wholeIn = (left: readonly Left[]): Left[] => {
  const aside = new Set(setAsideIn(left).map(({ id }) => id))
  return left.filter(({ id, hasCiphertext, isPartial }) => hasCiphertext && !isPartial && !aside.has(id))
}
