/** Baileys by itself, credentials in memory. Arguments: URL and root key of a WhatsApp on loopback. */
import {
  type AuthenticationState,
  BufferJSON,
  type ConnectionState,
  generateMessageIDV2,
  makeWASocket,
  WA_CERT_DETAILS,
  type WASocket,
} from '@whiskeysockets/baileys'
import { memoryAuth } from '../../../loopback/test-client.ts'
import { chatJid, silent } from '../history.ts'
import { answerWith } from '../process.ts'
import { until } from '../until.ts'

const [url = '', rootKey = ''] = process.argv.slice(2)
WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(rootKey, 'hex')

interface Connected {
  auth: AuthenticationState
  socket: WASocket
  state: Partial<ConnectionState>
}

const sockets: Connected[] = []

const connect = (auth: AuthenticationState): Connected => {
  const socket = makeWASocket({ auth, waWebSocketUrl: url, logger: silent, markOnlineOnConnect: false })
  const connected: Connected = { auth, socket, state: {} }
  socket.ev.on('creds.update', (update) => void Object.assign(auth.creds, update))
  socket.ev.on('connection.update', (update) => void Object.assign(connected.state, update))
  return connected
}

const opened = ({ state }: Connected) =>
  until('an open connection', () => (state.connection === 'open' ? true : undefined))

const answers = {
  /** Shows a code; to be followed by `linked`. */
  pair: async () => {
    const connecting = connect(memoryAuth())
    sockets.push(connecting)
    return until('a code', () => connecting.state.qr)
  },
  /** Resolves when the latest is logged in. @returns its credentials, as text */
  linked: async () => {
    const paired = sockets.pop()
    if (paired === undefined) throw new Error('nobody pairs')
    // WhatsApp ends the connection that has paired.
    await until('the end of pairing', () => (paired.state.connection === 'close' ? true : undefined))
    const connected = connect(paired.auth)
    sockets.push(connected)
    await opened(connected)
    return JSON.stringify(paired.auth.creds, BufferJSON.replacer)
  },
  /** Logs in with credentials of another process. */
  login: async (creds: string) => {
    const connected = connect({ ...memoryAuth(), creds: JSON.parse(creds, BufferJSON.reviver) })
    sockets.push(connected)
    await opened(connected)
  },
  /** One presence after the other. @returns how many, and how long it took */
  presences: async (ms: number) => {
    const [first] = sockets
    if (first === undefined) throw new Error('nobody is connected')
    const started = performance.now()
    let calls = 0
    for (; performance.now() - started < ms; calls++)
      await first.socket.sendPresenceUpdate(calls % 2 === 0 ? 'composing' : 'paused', chatJid(calls % 10))
    return { calls, ms: performance.now() - started }
  },
  /** Texts to one person, so many at a time, each until WhatsApp's ack. @returns how many, and how long it took */
  sends: async ({ ms, atATime }: { ms: number; atATime: number }) => {
    const [first] = sockets
    if (first === undefined) throw new Error('nobody is connected')
    const { socket } = first
    const started = performance.now()
    let calls = 0
    const oneByOne = async () => {
      for (; performance.now() - started < ms; calls++) {
        const messageId = generateMessageIDV2(socket.user?.id)
        const ack = socket.waitForMessage(messageId, 15_000)
        await socket.sendMessage(chatJid(1), { text: 'Your table is free at seven.' }, { messageId })
        if ((await ack) === undefined) throw new Error('no ack came')
      }
    }
    await Promise.all(Array.from({ length: atATime }, oneByOne))
    return { calls, ms: performance.now() - started }
  },
}
export type BareBaileysProgram = typeof answers

answerWith(answers)
