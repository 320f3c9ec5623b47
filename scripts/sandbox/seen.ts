/** What WhatsApp and the phones on it see of what the gateway does, one line each. */
import type { Loopback, PhoneMessage, ShownMessage } from '../../loopback/index.ts'

/** Calls `say` with a line for each message that arrives or is refused, and for each presence, until the loopback is closed. */
export const sayWhatIsSeen = (loopback: Loopback, say: (line: string) => void): void => {
  const nameOf = (pn: string) => loopback.account({ pn }).name
  loopback.on('chatstate', ({ account, to, state }) => say(`WhatsApp saw: ${account} is ${state} in ${to}`))
  loopback.on('message', (message) => {
    if (message.ownCopy || !isFromGateway(message)) return
    const { phone, id } = message
    const shown = loopback.account({ pn: phone }).phone.screen.find(id)
    say(`${nameOf(phone)}'s phone ${shown === undefined ? changeIn(message) : arrivalOf(shown)}`)
  })
  loopback.on('unreadable', ({ phone, asks }) =>
    say(`${nameOf(phone)}'s phone cannot read a message${asks ? ', and asks for it again' : ''}`),
  )
  loopback.on('submitted', ({ to, outcome, error }) => {
    if (outcome === 'refused') say(`WhatsApp refused a message to ${to}: ${error}`)
  })
}

/** A phone writes by itself; what comes from a gateway is from one of an account's other devices. */
const isFromGateway = ({ from }: PhoneMessage) => /:\d+@/.test(from)

const arrivalOf = ({ from, arrivals, message }: ShownMessage): string => {
  const what = `${wordsOf(message ?? {})} from ${from}`
  return arrivals === 1 ? `shows ${what}` : `shows ${what} once, though it came ${arrivals} times`
}

type Content = PhoneMessage['message']

/** What a message that is no message of its own does to another one. */
const changeIn = ({ message }: PhoneMessage): string => {
  const { protocolMessage, reactionMessage, pollUpdateMessage } = message
  if (protocolMessage?.editedMessage) return `shows an edit: ${wordsOf(protocolMessage.editedMessage)}`
  if (protocolMessage) return 'shows that a message was deleted'
  if (reactionMessage)
    return reactionMessage.text ? `shows a reaction: ${reactionMessage.text}` : 'shows a reaction less'
  if (pollUpdateMessage) return 'shows a vote'
  return 'got something that it does not show'
}

/** A text in quotes; of another kind its name, and its caption. */
const wordsOf = (message: Content): string => {
  const text = message.conversation ?? message.extendedTextMessage?.text
  if (text) return JSON.stringify(text)
  for (const [member, name] of kinds) {
    const part = message[member]
    if (!part) continue
    const caption = 'caption' in part && part.caption ? ` ${JSON.stringify(part.caption)}` : ''
    return `${name}${caption}`
  }
  return 'a message'
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
