import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { normalizeMessageContent, proto } from '@whiskeysockets/baileys'
import { describe, expect, test } from 'vitest'
import { contentOf, silent } from './message-content.ts'
import { layersOf, TooManyLayers, unwrap } from './message-envelopes.ts'
import { shapes } from './message-shapes.ts'

/** What a message becomes that was written and read as WhatsApp does. */
const shownOf = (message: proto.IMessage) => {
  const read = unwrap(proto.Message.decode(proto.Message.encode(message).finish()))
  return read && contentOf(read)
}

/** The library's own list of what a message can be: name and type of each part. */
const kinds = () => {
  const library = dirname(createRequire(import.meta.url).resolve('@whiskeysockets/baileys'))
  const text = readFileSync(join(library, '../WAProto/WAProto.proto'), 'utf8')
  const [definition = ''] = /^message Message \{\n.*?^ {4}message /ms.exec(text) ?? []
  const fields = [...definition.matchAll(/^ {4}optional (\S+) (\w+) = \d+;$/gm)]
  return fields.map(([, type = '', name = '']) => ({ type, name: name as keyof proto.IMessage }))
}

const envelopes = kinds().filter(({ type }) => type === 'FutureProofMessage')

describe('every part that the library knows', () => {
  /** Kinds without a line of their own: read by the names of their fields, or as the message that they hold. */
  const others = new Set([
    'conversation',
    'deviceSentMessage',
    'sendPaymentMessage',
    'requestPaymentMessage',
    'declinePaymentRequestMessage',
    'cancelPaymentRequestMessage',
    'invoiceMessage',
    'paymentInviteMessage',
    'requestPhoneNumberMessage',
    'scheduledCallCreationMessage',
    'scheduledCallEditMessage',
    'commentMessage',
    'pollResultSnapshotMessage',
    'pollResultSnapshotMessageV3',
    'statusNotificationMessage',
    'statusQuotedMessage',
    'statusStickerInteractionMessage',
  ])

  test('is an envelope, has a shape, says nothing, or is read by its names', () => {
    const undecided = kinds().filter(
      ({ type, name }) => !(type === 'FutureProofMessage' || name in shapes || silent.has(name) || others.has(name)),
    )
    expect(kinds().length).toBeGreaterThan(90)
    expect(undecided).toEqual([])
  })

  test.each(kinds().map(({ name }) => name))('%s may be empty', (name) => {
    expect(() => contentOf({ [name]: {} })).not.toThrow()
  })
})

describe('an envelope', () => {
  test.each(envelopes.map(({ name }) => name))('%s is looked through', (name) => {
    const message = { [name]: { message: { extendedTextMessage: { text: 'x' } } } }
    expect(shownOf(message)).toEqual({ type: 'text', body: 'x' })
  })

  test('that has no name yet is looked through', () => {
    const message = { laterStatusMessageV3: { message: { viewOnceMessage: { message: { conversation: 'x' } } } } }
    expect(unwrap(message as proto.IMessage)).toEqual({ conversation: 'x' })
  })

  test('is looked through where the library does it', () => {
    for (const { name } of envelopes) {
      const message = { [name]: { message: { conversation: 'x' } } }
      const read = normalizeMessageContent(message)
      if (read !== message) expect(unwrap(message)).toEqual(read)
    }
  })

  test('hides nothing from a reader of all layers', () => {
    const message = {
      deviceSentMessage: { destinationJid: 'a@lid', message: { botTaskMessage: { message: { conversation: 'one' } } } },
      statusAddYours: { message: { conversation: 'other' } },
    }
    expect(layersOf(message).map(({ conversation }) => conversation)).toEqual(expect.arrayContaining(['one', 'other']))
  })

  test('in more layers than any real message has is refused', () => {
    let message: proto.IMessage = { conversation: 'deep' }
    for (let depth = 0; depth < 90; depth += 1) message = { viewOnceMessage: { message } }
    expect(unwrap(message)).toBeUndefined()
    expect(() => layersOf(message)).toThrow(TooManyLayers)
  })
})

const image = { imageMessage: { mimetype: 'image/jpeg', fileLength: 298_820 } }
const video = { videoMessage: { mimetype: 'video/mp4', fileLength: 1_000_000 } }
const document = { documentMessage: { mimetype: 'application/pdf', fileLength: 1_024, fileName: 'bill.pdf' } }
const headers = [
  ['image', image, { mimetype: 'image/jpeg', size: 298_820 }],
  ['video', video, { mimetype: 'video/mp4', size: 1_000_000 }],
  ['document', document, { mimetype: 'application/pdf', size: 1_024, filename: 'bill.pdf' }],
] as const

/** Each kind of message that has a header in which something is attached. */
const withHeader: [string, (header: object) => proto.IMessage][] = [
  ['interactiveMessage', (header) => ({ interactiveMessage: { header, body: { text: 'words' } } })],
  ['buttonsMessage', (header) => ({ buttonsMessage: { ...header, contentText: 'words' } })],
  [
    'hydratedTemplate',
    (header) => ({ templateMessage: { hydratedTemplate: { ...header, hydratedContentText: 'words' } } }),
  ],
  [
    'hydratedFourRowTemplate',
    (header) => ({ templateMessage: { hydratedFourRowTemplate: { ...header, hydratedContentText: 'words' } } }),
  ],
  [
    'interactiveMessageTemplate',
    (header) => ({ templateMessage: { interactiveMessageTemplate: { header, body: { text: 'words' } } } }),
  ],
  [
    'fourRowTemplate',
    (header) => ({ templateMessage: { fourRowTemplate: { ...header, content: { params: ['words'] } } } }),
  ],
  [
    'fourRowTemplate with hydrated content',
    (header) => {
      const content = { hydratedHsm: { hydratedTemplate: { hydratedContentText: 'words' } } }
      return { templateMessage: { fourRowTemplate: { ...header, content } } }
    },
  ],
  [
    'highlyStructuredMessage',
    (header) => {
      const hydratedTemplate = { ...header, hydratedContentText: 'words' }
      return { highlyStructuredMessage: { hydratedHsm: { hydratedTemplate } } }
    },
  ],
  [
    'a card',
    (header) => ({
      interactiveMessage: { carouselMessage: { cards: [{ body: { text: 'words' } }, { header }] } },
    }),
  ],
  [
    'a template in an envelope',
    (header) => ({
      viewOnceMessage: {
        message: { templateMessage: { hydratedTemplate: { ...header, hydratedContentText: 'words' } } },
      },
    }),
  ],
]

describe.each(withHeader)('the header of %s', (_, message) => {
  test.each(headers)('is a %s', (type, header, media) => {
    expect(shownOf(message(header))).toEqual({ type, body: 'words', media })
  })
})

describe('the words', () => {
  const mentionedJid = ['6281111111111@s.whatsapp.net']
  const context = { contextInfo: { stanzaId: 'Q1', mentionedJid } }
  const catalogImage = { mimetype: 'image/png', fileLength: 9 }

  test.each<[string, proto.IMessage, object]>([
    [
      'of header, body and footer are all there, from top to bottom',
      { interactiveMessage: { header: { title: 'A', subtitle: 'B' }, body: { text: 'C' }, footer: { text: 'D' } } },
      { type: 'text', body: 'A\nB\nC\nD' },
    ],
    [
      'may stand in the header alone',
      { interactiveMessage: { header: { title: 'Track your order' } } },
      { body: 'Track your order' },
    ],
    [
      'may stand in the footer alone',
      { interactiveMessage: { body: { text: ' ' }, footer: { text: 'F' } } },
      { body: 'F' },
    ],
    [
      'of cards are there',
      {
        interactiveMessage: {
          body: { text: 'Pick' },
          carouselMessage: { cards: [{ header: { title: 'One' }, body: { text: '1' } }, { footer: { text: 'Two' } }] },
        },
      },
      { body: 'Pick\nOne\n1\nTwo' },
    ],
    [
      'of a caption in a header are there',
      { interactiveMessage: { header: { imageMessage: { caption: 'new' } }, body: { text: 'shoes' } } },
      { type: 'image', body: 'new\nshoes' },
    ],
    [
      'that come twice are told once',
      {
        templateMessage: {
          hydratedTemplate: { hydratedTitleText: 'A', hydratedContentText: 'A' },
          hydratedFourRowTemplate: { hydratedTitleText: 'A', hydratedContentText: 'A', ...image },
        },
      },
      { type: 'image', body: 'A' },
    ],
    [
      'of a place in a header are there',
      { buttonsMessage: { locationMessage: { name: 'Office' }, contentText: 'We moved', footerText: 'Bye' } },
      { type: 'text', body: 'Office\nWe moved\nBye' },
    ],
    [
      'of a product are there, with its picture',
      { productMessage: { product: { title: 'Shoe', productImage: catalogImage }, body: 'for you', footer: 'Shop' } },
      { type: 'image', body: 'Shoe\nfor you\nShop', media: { mimetype: 'image/png', size: 9 } },
    ],
    [
      'of a product in a header are there, with its picture',
      {
        interactiveMessage: {
          header: { productMessage: { product: { description: 'Shoe', productImage: catalogImage } } },
        },
      },
      { type: 'image', body: 'Shoe' },
    ],
    [
      'of a catalogue are there, with its picture',
      { productMessage: { catalog: { title: 'Spring', catalogImage } } },
      { type: 'image', body: 'Spring' },
    ],
    [
      'of an order are there',
      { orderMessage: { orderTitle: '2 things', message: 'please' } },
      { body: '2 things\nplease' },
    ],
    [
      'of a list are there',
      { listMessage: { title: 'A', description: 'B', footerText: 'C', buttonText: 'D' } },
      { body: 'A\nB\nC' },
    ],
    [
      'of a list of which only choices say something are the choices',
      {
        listMessage: {
          buttonText: 'Menu',
          sections: [{ title: 'Drinks', rows: [{ title: 'Tea' }, { description: 'Milk' }] }],
        },
      },
      { body: 'Menu\nDrinks\nTea\nMilk' },
    ],
    [
      'of buttons of which only labels say something are the labels',
      { buttonsMessage: { buttons: [{ buttonText: { displayText: 'Yes' } }, { buttonText: { displayText: 'No' } }] } },
      { body: 'Yes\nNo' },
    ],
    [
      'of a flow without words are the labels',
      {
        interactiveMessage: {
          nativeFlowMessage: {
            buttons: [{ name: 'cta_url', buttonParamsJson: '{"display_text":"Visit","url":"https://a.example"}' }],
          },
        },
      },
      { body: 'Visit' },
    ],
    [
      'of a template with parameters alone are the parameters',
      { highlyStructuredMessage: { elementName: 'x', localizableParams: [{ default: 'Ann' }, { default: '7 pm' }] } },
      { body: 'Ann\n7 pm' },
    ],
    [
      'of an answer from a list: its title',
      { listResponseMessage: { title: 'Sales', description: 'we sell' } },
      { body: 'Sales' },
    ],
    [
      'of an answer from a list: its description',
      { listResponseMessage: { title: '', description: 'Sales' } },
      { body: 'Sales' },
    ],
    [
      'of an answer from a list: what was chosen',
      { listResponseMessage: { singleSelectReply: { selectedRowId: 'sales' } } },
      { body: 'sales' },
    ],
    ['of a pressed button: its id', { buttonsResponseMessage: { selectedButtonId: 'yes' } }, { body: 'yes' }],
    ['of a pressed template button: its id', { templateButtonReplyMessage: { selectedId: 'yes' } }, { body: 'yes' }],
    [
      'of an answer to a flow: its title',
      {
        interactiveResponseMessage: {
          nativeFlowResponseMessage: { name: 'menu', paramsJson: '{"id":"s","title":"Sales"}' },
        },
      },
      { body: 'Sales' },
    ],
    [
      'of an answer to a flow: what was filled in',
      {
        interactiveResponseMessage: {
          body: { text: '\u200e ' },
          nativeFlowResponseMessage: { paramsJson: '{"flow_token":"x","screen_0_name":"Ann","screen_0_day":"Monday"}' },
        },
      },
      { body: 'Ann\nMonday' },
    ],
    [
      'of an event are there',
      { eventMessage: { name: 'Dinner', description: 'at eight' } },
      { body: 'Dinner\nat eight' },
    ],
    ['of an event without a name: its place', { eventMessage: { location: { name: 'Monas' } } }, { body: 'Monas' }],
    [
      'of an invitation: the name of the group',
      { groupInviteMessage: { caption: ' ', groupName: 'Lunch' } },
      { body: 'Lunch' },
    ],
    [
      'of an invitation to a channel',
      { newsletterAdminInviteMessage: { newsletterName: 'News' } },
      { type: 'text', body: 'News' },
    ],
    [
      'of a place: its address',
      { locationMessage: { name: '', address: 'Jakarta' } },
      { type: 'location', body: 'Jakarta' },
    ],
    [
      'of a contact: the name on the card',
      {
        contactMessage: {
          vcard: 'BEGIN:VCARD\r\nVERSION:3.0\r\nN:Doe;Jane;;;\r\nFN;CHARSET=UTF-8:Jane Doe\r\nEND:VCARD',
        },
      },
      { type: 'contact', body: 'Jane Doe' },
    ],
    [
      'of contacts: their names',
      { contactsArrayMessage: { contacts: [{ displayName: 'Ann' }, { vcard: 'N:Doe;Bob' }, {}] } },
      { type: 'contact', body: 'Ann, Doe Bob' },
    ],
    [
      'of a poll without a question: its options',
      { pollCreationMessage: { options: [{ optionName: 'a' }, { optionName: 'b' }] } },
      { type: 'poll', body: 'a\nb' },
    ],
    [
      'of a link alone',
      { extendedTextMessage: { text: '', matchedText: 'https://a.example' } },
      { body: 'https://a.example' },
    ],
    [
      'of a comment are a message that answers',
      { commentMessage: { message: { extendedTextMessage: { text: 'nice' } }, targetMessageKey: { id: 'T1' } } },
      { type: 'text', body: 'nice', quoted: { id: 'T1', fromMe: false, type: 'unknown' } },
    ],
    [
      'of a payment are its note',
      { sendPaymentMessage: { noteMessage: { conversation: 'rent' } } },
      { type: 'unknown', body: 'rent' },
    ],
    ['of an answered question', { questionResponseMessage: { text: 'blue' } }, { type: 'text', body: 'blue' }],
    ['of a planned call', { scheduledCallCreationMessage: { title: 'Standup' } }, { type: 'unknown', body: 'Standup' }],
    [
      'of a bot',
      { richResponseMessage: { submessages: [{ messageText: 'a' }, { messageText: 'b' }] } },
      { type: 'text', body: 'a\nb' },
    ],
    [
      'come with what a header answers and mentions',
      { interactiveMessage: { header: { imageMessage: context }, body: { text: 'x' } } },
      { quoted: { id: 'Q1' }, mentions: mentionedJid },
    ],
    [
      'come with what a template inside answers and mentions',
      { templateMessage: { interactiveMessageTemplate: { body: { text: 'x' }, ...context } } },
      { quoted: { id: 'Q1' }, mentions: mentionedJid },
    ],
  ])('%s', (_, message, expected) => {
    expect(shownOf(message)).toMatchObject(expected)
  })

  test('that cannot be read are left out', () => {
    const params = (paramsJson: string) => ({
      interactiveResponseMessage: { nativeFlowResponseMessage: { paramsJson } },
    })
    for (const text of ['{', 'null', '[]', '"\\u0000"', '{"a":{}}', `"${'x'.repeat(70_000)}"`])
      expect(shownOf(params(text)), text.slice(0, 10)).toEqual({ type: 'text' })
  })

  test('of cards in cards without end, end', () => {
    let card: proto.Message.IInteractiveMessage = { body: { text: 'deep' } }
    for (let depth = 0; depth < 1_000; depth += 1)
      card = { body: { text: `${depth}` }, carouselMessage: { cards: [card, card] } }
    expect(contentOf({ interactiveMessage: card })?.body).toMatch(/^999\n998/)
  })
})
