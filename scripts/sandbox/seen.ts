/** What WhatsApp and the phones on it see of what the gateway does, one line each. */
import type { Loopback, PhoneMessage, ShownMessage } from '../../loopback/index.ts'

/** Calls `say` with a line for each message that arrives or is refused, and for each presence, until the loopback is closed. */
export const sayWhatIsSeen = (loopback: Loopback, say: (line: string) => void): void => {
  const nameOf = (pn: string) => loopback.account({ pn }).name
  loopback.on('chatstate', ({ account, to, state }) => say(`WhatsApp saw: ${account} is ${state} in ${to}`))
  loopback.on('message', (message) => {
    if (message.ownCopy || !isFromGateway(message)) return
    const { phone } = loopback.account({ pn: message.phone })
    const shown = phone.screen.find(message.id)
    say(`${nameOf(message.phone)}'s phone ${shown === undefined ? changeIn(message) : arrivalOf(shown, phone)}`)
  })
  loopback.on('unreadable', ({ phone, asks }) =>
    say(`${nameOf(phone)}'s phone cannot read a message${asks ? ', and requests it again' : ''}`),
  )
  loopback.on('submitted', ({ to, outcome, error }) => {
    if (outcome === 'refused') say(`WhatsApp refused a message to ${to}: ${error}`)
  })
}

/** A phone writes by itself; what comes from a gateway is from one of an account's other devices. */
const isFromGateway = ({ from }: PhoneMessage) => /:\d+@/.test(from)

const arrivalOf = ({ id, from, arrivals, message }: ShownMessage, phone: Downloads): string => {
  const what = `${wordsOf(message ?? {}, () => phone.download(id))} from ${from}`
  return arrivals === 1 ? `shows ${what}` : `shows ${what} once, although it arrived ${arrivals} times`
}

type Content = PhoneMessage['message']

/** Downloads the file of a message, and decrypts it. */
interface Downloads {
  download(id: string): Buffer
}

/** What a message that is no message of its own does to another one. */
const changeIn = ({ message }: PhoneMessage): string => {
  const { protocolMessage, reactionMessage, pollUpdateMessage } = message
  if (protocolMessage?.editedMessage) return `shows an edit: ${wordsOf(protocolMessage.editedMessage)}`
  if (protocolMessage) return 'shows that a message was deleted'
  if (reactionMessage)
    return reactionMessage.text ? `shows a reaction: ${reactionMessage.text}` : 'shows that a reaction was removed'
  if (pollUpdateMessage) return 'shows a vote'
  return 'received something that it does not show'
}

/** A text, or the kind of a message with what is known of its file and the text next to it. */
const wordsOf = (message: Content, download?: () => Buffer): string => {
  const text = message.conversation ?? message.extendedTextMessage?.text
  if (text) return quoted(text)
  for (const [member, name] of kinds) {
    const part = message[member]
    if (!part) continue
    const isVoice = 'ptt' in part && part.ptt === true
    const file = 'mediaKey' in part && download !== undefined ? [fileOf(part, download)] : []
    const words = ['fileName', 'name', 'displayName', 'caption'].flatMap((name) => textIn(part, name))
    return [isVoice ? 'a voice note' : name, ...file, ...words].join(' ')
  }
  return 'a message'
}

/** Type, duration and size. */
const fileOf = (part: { mimetype?: string | null; seconds?: number | null }, download: () => Buffer): string => {
  const type = part.mimetype?.split(';')[0] ?? 'unknown'
  try {
    const bytes = `${download().length.toLocaleString('en')} bytes`
    return `(${[type, ...(part.seconds ? [`${part.seconds} s`] : []), bytes].join(', ')})`
  } catch (error) {
    return `(${type}, which it cannot download: ${error instanceof Error ? error.message : String(error)})`
  }
}

const textIn = (part: object, name: string): string[] => {
  const text: unknown = Object.getOwnPropertyDescriptor(part, name)?.value
  return typeof text === 'string' && text !== '' ? [quoted(text)] : []
}

/** Longer texts are cut off here. */
const mostShown = 60

const quoted = (text: string): string => {
  const characters = [...text]
  return JSON.stringify(characters.length > mostShown ? `${characters.slice(0, mostShown).join('')}…` : text)
}

const kinds = [
  ['imageMessage', 'a picture'],
  ['videoMessage', 'a video'],
  ['audioMessage', 'a recording'],
  ['documentMessage', 'a document'],
  ['stickerMessage', 'a sticker'],
  ['locationMessage', 'a place'],
  ['contactMessage', 'a contact'],
  ['contactsArrayMessage', 'contacts'],
  ['pollCreationMessage', 'a poll'],
  ['pollCreationMessageV3', 'a poll'],
] as const satisfies [keyof Content, string][]
