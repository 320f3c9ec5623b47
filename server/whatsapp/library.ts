/** The only file of the server that names Baileys, the library: its types, and its code, which is loaded on demand. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { loadBounded } from './library/bounded-inflate.ts'
import { createKeysFirst } from './library/key-objects.ts'
import { quietConsole } from './library/quiet-console.ts'

export type {
  AnyMessageContent,
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
  GroupMetadata,
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

/** Loads outside of the first caller's async context, which is that of a request or a session. */
const inNoContext = AsyncLocalStorage.snapshot()

let library: Promise<Baileys> | undefined

/**
 * Loads the library once for the process, which takes half a second and 65 MB. Not concurrently: loading changes `zlib` temporarily.
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
  createKeysFirst()
  return loadBounded(() => import('@whiskeysockets/baileys'))
}

/** Loads WhatsApp's message classes without the library, for worker threads. */
export const loadMessages = () => import('@whiskeysockets/baileys/WAProto/index.js')
