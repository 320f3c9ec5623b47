import type { SealedTarget } from '../../people/contents.ts'
import type { SendOptions } from '../../people/outgoing.ts'
import type { Fields } from '../fields.ts'
import { contentOf, receiver, sender } from '../people.ts'
import type { Verbs } from '../verb.ts'

const STATES = ['composing', 'recording', 'paused'] as const

/** What people do in their chats. */
export const messageVerbs: Verbs = {
  'POST /messages': async (wa, fields) => {
    const content = contentOf(fields)
    return { id: await sender(wa, fields).phone.send(receiver(wa, fields), content, sendOptions(fields)) }
  },
  'POST /replies': async (wa, fields) => {
    const { phone } = sender(wa, fields)
    return {
      id: await phone.reply(receiver(wa, fields), fields.text('messageId'), fields.text('text'), sendOptions(fields)),
    }
  },
  'POST /polls': async (wa, fields) => {
    const selectableCount = fields.optionalNumber('selectableCount') ?? 1
    const poll = { name: fields.text('name'), options: fields.texts('options'), selectableCount }
    return { id: await sender(wa, fields).phone.sendPoll(receiver(wa, fields), poll, sendOptions(fields)) }
  },
  'POST /votes': async (wa, fields) => {
    const { phone } = sender(wa, fields)
    const options = fields.texts('options')
    return { id: await phone.vote(receiver(wa, fields), fields.text('messageId'), options, sendOptions(fields)) }
  },
  'POST /edits': async (wa, fields) => {
    const { phone } = sender(wa, fields)
    return {
      id: await phone.edit(receiver(wa, fields), fields.text('messageId'), fields.text('text'), sendOptions(fields)),
    }
  },
  'POST /sealed': async (wa, fields) => {
    const { phone } = sender(wa, fields)
    const [to, target, options] = [receiver(wa, fields), sealedTarget(fields), sendOptions(fields)]
    switch (fields.choice('what', ['edit', 'reaction', 'comment', 'event-answer'])) {
      case 'edit':
        return { id: await phone.editSealed(to, target, contentOf(fields), options) }
      case 'reaction':
        return { id: await phone.reactSealed(to, target, fields.optionalText('emoji') ?? '', options) }
      case 'comment':
        return { id: await phone.comment(to, target, contentOf(fields), options) }
      default:
        return { id: await phone.answerEvent(to, target, fields.number('response'), options) }
    }
  },
  'POST /revokes': async (wa, fields) => {
    const { phone } = sender(wa, fields)
    return { id: await phone.revoke(receiver(wa, fields), fields.text('messageId'), sendOptions(fields)) }
  },
  'POST /reactions': async (wa, fields) => {
    const participant = fields.optionalText('participant')
    const ref = { id: fields.text('messageId'), fromMe: fields.flag('fromMe') }
    const message = { ...ref, ...(participant !== undefined && { participant }) }
    const emoji = fields.optionalText('emoji') ?? ''
    return { id: await sender(wa, fields).phone.react(receiver(wa, fields), message, emoji, sendOptions(fields)) }
  },
  'POST /receipts': (wa, fields) => {
    const type = fields.choice('type', ['read', 'played', 'delivery'])
    sender(wa, fields).phone.sendReceipt(receiver(wa, fields), fields.texts('messageIds'), type)
    return {}
  },
  'POST /retries': (wa, fields) => {
    sender(wa, fields).phone.askAgain(
      receiver(wa, fields),
      fields.text('messageId'),
      fields.optionalNumber('count') ?? 1,
    )
    return {}
  },
  'POST /chatstates': (wa, fields) => {
    sender(wa, fields).phone.showChatstate(receiver(wa, fields), fields.choice('state', STATES))
    return {}
  },
}

/** `secret` as hexadecimal digits. */
function sealedTarget(fields: Fields): SealedTarget {
  const [participant, author, by] = ['participant', 'author', 'sender'].map((name) => fields.optionalText(name))
  return {
    id: fields.text('messageId'),
    fromMe: fields.flag('fromMe'),
    secret: Buffer.from(fields.text('secret'), 'hex'),
    ...(participant !== undefined && { participant }),
    ...(author !== undefined && { author }),
    ...(by !== undefined && { sender: by }),
  }
}

function sendOptions(fields: Fields): SendOptions {
  const id = fields.optionalText('id')
  const at = fields.optionalNumber('at')
  return {
    ...(id !== undefined && { id }),
    ...(at !== undefined && { at }),
    corrupt: fields.flag('corrupt'),
    plain: fields.flag('plain'),
  }
}
