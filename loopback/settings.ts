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
import type { AppState } from './app-state.ts'

/** The phone's part in the shared settings of an account: it makes their key, and patches of its own. */
export class Settings {
  readonly #appState: AppState
  readonly #keyId = randomBytes(6)
  readonly #keyData: proto.Message.IAppStateSyncKeyData = {
    keyData: randomBytes(32),
    timestamp: Date.now(),
    fingerprint: { rawId: 1, currentIndex: 0, deviceIndexes: [0] },
  }
  readonly #states = new Map<WAPatchName, LTHashState>()

  constructor(appState: AppState) {
    this.#appState = appState
  }

  /** The message that gives a companion the key. */
  get keyShare(): proto.IMessage {
    const keys = [{ keyId: { keyId: this.#keyId }, keyData: this.#keyData }]
    const type = proto.Message.ProtocolMessage.Type.APP_STATE_SYNC_KEY_SHARE
    return { protocolMessage: { type, appStateSyncKeyShare: { keys } } }
  }

  /**
   * Changes a setting of a chat, on top of all that the companions have changed; they are told.
   * @throws when one of their patches can't be read
   */
  async change(chat: string, modification: ChatModification): Promise<void> {
    const patchCreate = chatModificationToAppPatch(modification, chat)
    const name = patchCreate.type
    const current = await this.#catchUp(name)
    const keyId = this.#keyId.toString('base64')
    const { patch, state } = await encodeSyncdPatch(patchCreate, keyId, current, async () => this.#keyData)
    const encoded = proto.SyncdPatch.encode(patch).finish()
    if (!this.#appState.append(name, current.version, encoded)) throw new Error(`${name} was changed meanwhile`)
    this.#states.set(name, state)
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
