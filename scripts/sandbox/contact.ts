/** What the contact of the connected session does with the phone; each act resolves to a sentence that says what was done. */
import type { Loopback } from '../../loopback/index.ts'

export interface Contact {
  /** Writes into the connected session. @param text what it says; absent: the next of a few */
  message(text?: string): Promise<string>
  /** Reacts to the newest message that the session has sent. @throws when it has sent none */
  react(emoji?: string): Promise<string>
  /** Edits the newest message of their own. @throws when there is none */
  edit(text?: string): Promise<string>
  /** WhatsApp refuses the session's next message to them. @param code WhatsApp's, such as 463: restricted */
  refuse(code?: number): Promise<string>
  /** The session's next message to them is unreadable at first: the phone asks for it again, and then shows it. */
  misread(): Promise<string>
}

export interface ContactParts {
  loopback: Loopback
  /** Whose messages these are. */
  contact: { jid: string; name: string }
  /** JID of the connected session. */
  owner: string
}

const lines = [
  'Are you still there?',
  'I forgot to ask: do you have the same basket with a lid?',
  'And what would a second one cost?',
  'No hurry. The cat is asleep in mine.',
  'I am on my way now.',
  'It is raining here, ten minutes later.',
  'Can you hear the bell? I am at the door.',
]

export const createContact = ({ loopback, contact, owner }: ContactParts): Contact => {
  const { jid, name } = contact
  let said = 0
  const account = () => loopback.account({ pn: jid, name })
  const newestOf = (author: string) =>
    account().phone.screen.messages.findLast(({ chat, from, revoked }) => chat === owner && from === author && !revoked)
  const isAddress = (to: string | undefined) => to === account().pn || to === account().lid

  return {
    async message(text = lines[said++ % lines.length] ?? '') {
      await account().phone.send(owner, text)
      return `${name} has written: ${text}`
    },
    async react(emoji = '👍') {
      const shown = newestOf(owner)
      if (shown === undefined) throw new Error(`${name} has nothing to react to: send a text first`)
      await account().phone.react(owner, { id: shown.id, fromMe: false }, emoji)
      return `${name} has reacted with ${emoji} to ${shown.id}`
    },
    async edit(text = 'I mean: tomorrow.') {
      const shown = newestOf(account().pn)
      if (shown === undefined) throw new Error(`${name} has written nothing yet: let a message come in first`)
      await account().phone.edit(owner, shown.id, text)
      return `${name} has edited ${shown.id}: ${text}`
    },
    async refuse(code = 463) {
      let refused: string | undefined
      const isNext = (id: string | undefined) => {
        refused ??= id
        return refused === id
      }
      // Twice: the gateway may try the other address of the same person.
      loopback.faults.onMessage(({ attrs }) => isAddress(attrs.to) && isNext(attrs.id), code, 2)
      return `WhatsApp will refuse the next message to ${name} with ${code}`
    },
    async misread() {
      loopback.faults.onArrival((phone) => phone === account().pn, 1)
      return `the next message to ${name} cannot be read at first; the phone requests it again`
    },
  }
}
