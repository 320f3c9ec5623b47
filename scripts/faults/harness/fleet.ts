/** Many paired sessions, written into the database as pairing would have written them, which takes half a second each. */
import { BufferJSON, Curve, initAuthCreds, proto } from '@whiskeysockets/baileys'
import type { Companion } from '../../../loopback/index.ts'
import { loadEncryptionKey } from '../../../server/store/key-file.ts'
import { createSealer } from '../../../server/store/seal.ts'
import { openSqliteStore } from '../../../server/store/sqlite.ts'
import type { World } from './world.ts'

export interface Member {
  sessionId: string
  companion: Companion
}

const preKeys = 30

/** @returns the sessions, wanted and paired, in a database that no gateway has open */
export const enlist = async (world: World, count: number): Promise<Member[]> => {
  const { loopback, database, dataDir } = world
  const sealer = createSealer(await loadEncryptionKey({ dataDir }))
  const store = await openSqliteStore({ file: database })
  const seal = (context: string, value: unknown) =>
    sealer.seal(context, Buffer.from(JSON.stringify(value, BufferJSON.replacer)))
  // The same keys for all, because no message uses them up.
  const shared = Curve.generateKeyPair()
  const publicKey = Buffer.from(shared.public)
  const members: Member[] = []
  for (let n = 0; n < count; n += 1) {
    const account = loopback.account({ pn: `6287${String(1_000_000 + n)}` })
    const creds = initAuthCreds()
    const { signedIdentityKey, signedPreKey, noiseKey, registrationId } = creds
    const companion = loopback.link(
      account,
      {
        registrationId,
        identityKey: Buffer.from(signedIdentityKey.public),
        signedPreKey: {
          id: signedPreKey.keyId,
          publicKey: signedPreKey.keyPair.public,
          signature: signedPreKey.signature,
        },
        noiseKey: Buffer.from(noiseKey.public),
      },
      Array.from({ length: preKeys }, (_, index) => [index + 1, publicKey]),
    )
    Object.assign(creds, {
      me: { id: companion.jid, lid: companion.lid },
      account: { details: proto.ADVDeviceIdentity.encode({ rawId: n }).finish() },
      nextPreKeyId: preKeys + 1,
      firstUnuploadedPreKeyId: preKeys + 1,
    })
    const sessionId = `sess_${String(n).padStart(26, '0')}`
    const now = Date.now()
    await store.insertSession({
      id: sessionId,
      organizationId: 'org_faults',
      status: 'working',
      wanted: true,
      autoRead: false,
      presenceTyping: false,
      ratePerMin: 0,
      ratePerHour: 0,
      newChatsPerDay: 0,
      waJid: account.pn,
      waLid: account.lid,
      createdAt: now,
      updatedAt: now,
    })
    const lease = await store.acquire(sessionId)
    if (lease === undefined) throw new Error('the session was not acquired')
    await store.writeCreds(lease.owned, seal(`${sessionId}/creds`, creds))
    const id = String(preKeys)
    await store.writeKeys(lease.owned, [{ type: 'pre-key', id, value: seal(`${sessionId}/pre-key/${id}`, shared) }])
    members.push({ sessionId, companion })
  }
  await store.close()
  return members
}
