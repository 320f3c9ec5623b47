/** Baileys, the library: the only file of the server that names it. Its types, and its code when somebody needs it. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { loadBounded } from './library/bounded-inflate.ts'
import { quietConsole } from './library/quiet-console.ts'

export type {
  AuthenticationCreds,
  AuthenticationState,
  BaileysEventEmitter,
  BaileysEventMap,
  BinaryNode,
  Chat,
  ChatMutation,
  ChatUpdate,
  ConnectionState,
  Contact,
  proto,
  SignalAuthState,
  SignalDataSet,
  SignalDataTypeMap,
  SignalKeyStore,
  SignalKeyStoreWithTransaction,
  SignalRepositoryWithLIDStore,
  SocketConfig,
  WAMessage,
  WAMessageKey,
  WASocket,
} from '@whiskeysockets/baileys'

/** The library, loaded. */
export type Baileys = typeof import('@whiskeysockets/baileys')

/** Whoever needs the library first is in the context of a request or a session; what it starts for all is not theirs. */
const inNoContext = AsyncLocalStorage.snapshot()

let library: Promise<Baileys> | undefined

/**
 * Loads the library, which takes half a second and 65 MB. Once for the process, whoever asks: a load changes `zlib` for a moment
 * and changes it back, and two at once would not.
 */
export const loadLibrary = (): Promise<Baileys> => {
  library ??= inNoContext(importLibrary).catch((error: unknown) => {
    library = undefined
    throw error
  })
  return library
}

const importLibrary = (): Promise<Baileys> => {
  // Before the import: the library prints key material to the console from the first message on.
  quietConsole()
  return loadBounded(() => import('@whiskeysockets/baileys'))
}

/** Loads WhatsApp's messages alone, without the library: enough to read them in a thread of its own. */
export const loadMessages = () => import('@whiskeysockets/baileys/WAProto/index.js')
