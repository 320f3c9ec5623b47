import { generateWAMessageContent, generateWAMessageFromContent, proto } from '@whiskeysockets/baileys'
import { expect, test } from 'vitest'
import { composeMessage } from './messages.ts'

const me = { jid: '628111@s.whatsapp.net' }
const rina = '628222@s.whatsapp.net'
const baileys = { generateWAMessageContent, generateWAMessageFromContent, proto }

/** An answer to a text. */
const answerTo = async (conversation: string) => {
  const about = proto.Message.encode({ conversation }).finish()
  const quoted = { chat: rina, id: 'ASKED', fromMe: false }
  const message = { to: rina, id: 'ANSWER', draft: { type: 'text' as const, text: 'Yes', quoted }, about }
  const { bytes } = await composeMessage(baileys, me, message, { known: () => undefined })
  return proto.Message.decode(bytes).extendedTextMessage?.contextInfo
}

test('an answer has the content of what it quotes', async () => {
  const quotedMessage = { conversation: 'Is the table free?' }
  expect(await answerTo('Is the table free?')).toMatchObject({ stanzaId: 'ASKED', participant: rina, quotedMessage })
})

test('what is so large that the answer could not be stored with it is quoted without content', async () => {
  const quotedMessage = { conversation: '' }
  expect(await answerTo('a'.repeat(600_000))).toMatchObject({ stanzaId: 'ASKED', participant: rina, quotedMessage })
})
