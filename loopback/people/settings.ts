import { randomBytes } from 'node:crypto'
import {
  type ChatModification,
  chatModificationToAppPatch,
  decodePatches,
  encodeSyncdPatch,
  type LTHashState,
  newLTHashState,
  proto,
  type WAPatchName,
} from '@whiskeysockets/baileys'
import type { BlobReference } from '../media/blob.ts'
import type { MediaStore } from '../media/store.ts'
import type { AppState } from './app-state.ts'

/** The phone's part in the shared settings of an account: creates their key, and writes patches. */
export class Settings {
  readonly #appState: AppState
  readonly #media: MediaStore
  readonly #keyId = randomBytes(6)
  readonly #keyData: proto.Message.IAppStateSyncKeyData = {
    keyData: randomBytes(32),
    timestamp: Date.now(),
    fingerprint: { rawId: 1, currentIndex: 0, deviceIndexes: [0] },
  }
  readonly #states = new Map<WAPatchName, LTHashState>()
  /** What this phone has set, by collection and index, and the hash of the collection in its last patch. */
  readonly #set = new Map<WAPatchName, { records: Map<string, proto.ISyncdRecord>; mac: Uint8Array }>()

  constructor(appState: AppState, media: MediaStore) {
    this.#appState = appState
    this.#media = media
  }

  /** The message that gives a companion the key. */
  get keyShare(): proto.IMessage {
    const keys = [{ keyId: { keyId: this.#keyId }, keyData: this.#keyData }]
    const type = proto.Message.ProtocolMessage.Type.APP_STATE_SYNC_KEY_SHARE
    return { protocolMessage: { type, appStateSyncKeyShare: { keys } } }
  }

  /**
   * Changes a setting of a chat, on top of the companions' changes, and notifies them.
   * @throws when one of their patches cannot be read
   */
  async change(chat: string, modification: ChatModification, { blob = false } = {}): Promise<void> {
    const patchCreate = chatModificationToAppPatch(modification, chat)
    const name = patchCreate.type
    const current = await this.#catchUp(name)
    const keyId = this.#keyId.toString('base64')
    const { patch, state } = await encodeSyncdPatch(patchCreate, keyId, current, async () => this.#keyData)
    const mutations = patch.mutations ?? []
    const external = blob
      ? externalBlob(this.#media.put(proto.SyncdMutations.encode({ mutations }).finish(), 'settings'))
      : undefined
    const encoded = proto.SyncdPatch.encode(
      external ? { ...patch, mutations: [], externalMutations: external } : patch,
    ).finish()
    if (!this.#appState.append(name, current.version, encoded)) throw new Error(`${name} was changed meanwhile`)
    this.#states.set(name, state)
    const records = this.#set.get(name)?.records ?? new Map<string, proto.ISyncdRecord>()
    for (const { record } of mutations) {
      if (record) records.set(Buffer.from(record.index?.blob ?? []).toString('base64'), record)
    }
    this.#set.set(name, { records, mac: patch.snapshotMac ?? new Uint8Array() })
  }

  /** @throws when this phone has set nothing in the collection */
  snapshot(name: WAPatchName): void {
    const [set, state] = [this.#set.get(name), this.#states.get(name)]
    if (!set || !state) throw new Error(`this phone has set nothing in ${name}`)
    const snapshot = proto.SyncdSnapshot.encode({
      version: { version: state.version },
      records: [...set.records.values()],
      mac: set.mac,
      keyId: { id: this.#keyId },
    }).finish()
    const reference = externalBlob(this.#media.put(snapshot, 'settings'))
    this.#appState.offerSnapshot(name, state.version, proto.ExternalBlobReference.encode(reference).finish())
  }

  async #catchUp(name: WAPatchName): Promise<LTHashState> {
    const known = this.#states.get(name) ?? newLTHashState()
    const patches = this.#appState.since(name, known.version).map((encoded) => proto.SyncdPatch.decode(encoded))
    const { state } = await decodePatches(name, patches, known, async () => this.#keyData, {})
    if (state.version !== this.#appState.versionOf(name)) throw new Error(`a patch of ${name} can't be read`)
    this.#states.set(name, state)
    return state
  }
}

function externalBlob({ fileLength, ...reference }: BlobReference): proto.IExternalBlobReference {
  return { ...reference, fileSizeBytes: fileLength }
}
