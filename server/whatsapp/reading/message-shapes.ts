/**
 * The visible content of each kind of message: its texts from top to bottom, and its attachment. This is the only table of kinds; a kind
 * that is not in it is read by the names of its fields.
 */
import type { MessageContent, MessageType } from '../../model/message.ts'
import { nameOn } from '../../model/vcard.ts'
import type { proto } from '../library.ts'
import { contactsOf, locationOf, pollOf } from './message-details.ts'
import { jsonWords } from './message-params.ts'
import { firstSaid, listOf, type Part, partOf, within } from './message-part.ts'

/** The visible content of a message or part. */
export interface Shown {
  type: MessageType
  /** One for each line or paragraph; empty ones are removed later. */
  words: unknown[]
  /** A fallback without text: the options, or the id of the chosen one. */
  otherwise?: unknown[]
  /** The first one counts. */
  attached?: Attachment[]
  /** Key of the message that it belongs to, if the content has it. */
  target?: Part | undefined
  /** What it carries besides words. */
  carried?: Pick<MessageContent, 'location' | 'contacts' | 'poll'>
  /** Parts with the quoted message and mentions; the first one counts. */
  contexts?: unknown[]
}

export interface Attachment {
  type: MessageType
  part: Part
}

/** The longest visible list. */
const most = { cards: 30, buttons: 30, rows: 100, contacts: 300, paragraphs: 200 }

/** Real cards contain no cards, and real templates no templates. */
const maxNesting = 4

const attachments: Record<string, MessageType> = {
  imageMessage: 'image',
  videoMessage: 'video',
  ptvMessage: 'video',
  documentMessage: 'document',
  audioMessage: 'audio',
  stickerMessage: 'sticker',
  productImage: 'image',
  catalogImage: 'image',
}

const attachedTo = (...holders: Part[]): Attachment[] =>
  holders.flatMap((holder) =>
    Object.entries(attachments).flatMap(([name, type]) => {
      const part = partOf(holder[name])
      return part === undefined ? [] : [{ type, part }]
    }),
  )

const nameOfPlace = (part: Part) => firstSaid(part.comment, part.name, part.address, part.url)

/** The words of a header, which may be a picture, a place or a product. */
const header = (part: Part): unknown[] => {
  const { product, catalog } = part.productMessage === undefined ? {} : products(within(part, 'productMessage'))
  return [
    part.title,
    part.subtitle,
    ...attachedTo(part).map(({ part: { caption } }) => caption),
    nameOfPlace(within(part, 'locationMessage')),
    firstSaid(product?.title, product?.description, catalog?.title, catalog?.description),
  ]
}

const products = (part: Part) => ({ product: within(part, 'product'), catalog: within(part, 'catalog') })

/** What an interactive message and each card of it is made of. */
const interactive = (part: Part, nesting = 0): Shown => {
  const top = within(part, 'header')
  const footer = within(part, 'footer')
  const flow = within(part, 'nativeFlowMessage')
  const cards =
    nesting < maxNesting
      ? listOf(within(part, 'carouselMessage').cards, most.cards).map((card) => interactive(card, nesting + 1))
      : []
  const { product, catalog } = products(within(top, 'productMessage'))
  return {
    type: 'text',
    words: [...header(top), within(part, 'body').text, footer.text, ...cards.flatMap(({ words }) => words)],
    otherwise: [
      ...listOf(flow.buttons, most.buttons).map(({ buttonParamsJson }) => jsonWords(buttonParamsJson)),
      jsonWords(flow.messageParamsJson),
      ...cards.flatMap(({ otherwise = [] }) => otherwise),
    ],
    attached: [...attachedTo(top, product, catalog, footer), ...cards.flatMap(({ attached = [] }) => attached)],
    contexts: [part.contextInfo],
  }
}

/** A template as its sender filled it in. */
const hydrated = (part: Part): Shown => ({
  type: 'text',
  words: [part.hydratedTitleText, ...header(part), part.hydratedContentText, part.hydratedFooterText],
  otherwise: listOf(part.hydratedButtons, most.buttons).map((button) =>
    firstSaid(...['quickReplyButton', 'urlButton', 'callButton'].map((name) => within(button, name).displayText)),
  ),
  attached: attachedTo(part),
})

/** A template that the receiver's phone fills in. */
const structured = (part: Part, nesting: number): unknown[] => {
  const { words } = nesting < maxNesting ? template(within(part, 'hydratedHsm'), nesting + 1) : { words: [] }
  if (firstSaid(...words) !== undefined) return words
  const params = Array.isArray(part.params) ? part.params.slice(0, most.paragraphs) : []
  if (firstSaid(...params) !== undefined) return params
  return listOf(part.localizableParams, most.paragraphs).map((param) => param.default)
}

const fourRows = (part: Part, nesting: number): Shown => ({
  type: 'text',
  words: [
    ...structured(within(part, 'highlyStructuredMessage'), nesting),
    ...header(part),
    ...structured(within(part, 'content'), nesting),
    ...structured(within(part, 'footer'), nesting),
  ],
  otherwise: listOf(part.buttons, most.buttons).flatMap((button) =>
    ['quickReplyButton', 'urlButton', 'callButton'].flatMap((name) =>
      structured(within(within(button, name), 'displayText'), nesting),
    ),
  ),
  attached: attachedTo(part),
})

/** The same template comes in several forms at once. */
const template = (part: Part, nesting = 0): Shown => ({
  ...together([
    hydrated(within(part, 'hydratedTemplate')),
    hydrated(within(part, 'hydratedFourRowTemplate')),
    interactive(within(part, 'interactiveMessageTemplate')),
    fourRows(within(part, 'fourRowTemplate'), nesting),
  ]),
  contexts: [part.contextInfo, within(part, 'interactiveMessageTemplate').contextInfo],
})

/** Merges several forms: each member from the first that has it. */
export const together = (shown: Shown[]): Shown => {
  const saying = shown.find(({ words }) => firstSaid(...words) !== undefined)
  const holding = shown.find(({ attached = [] }) => attached.length > 0)
  return {
    type: (saying ?? holding ?? shown[0])?.type ?? 'unknown',
    words: saying?.words ?? [],
    otherwise: shown.flatMap(({ otherwise = [] }) => otherwise),
    attached: holding?.attached ?? [],
    target: shown.find(({ target }) => target !== undefined)?.target,
    contexts: shown.flatMap(({ contexts = [] }) => contexts),
    carried: shown.find(({ carried }) => carried !== undefined)?.carried ?? {},
  }
}

type Reader = (part: Part) => Shown

/** Something that is one file. */
const file =
  (type: MessageType): Reader =>
  (part) => ({ type, words: [part.caption], attached: [{ type, part }] })

/** All of these lines are visible. */
const lines =
  (type: MessageType, read: (part: Part) => unknown[], otherwise?: (part: Part) => unknown[]): Reader =>
  (part) => ({ type, words: read(part), ...(otherwise && { otherwise: otherwise(part) }) })

/** One line is visible: the first non-empty one. */
const line =
  (type: MessageType, read: (part: Part) => unknown[]): Reader =>
  (part) => ({ type, words: [firstSaid(...read(part))] })

const poll: Reader = (part) => {
  const asked = pollOf(part)
  return {
    type: 'poll',
    words: [part.name],
    otherwise: listOf(part.options, most.rows).map(({ optionName }) => optionName),
    ...(asked && { carried: { poll: asked } }),
  }
}

const place =
  (read: (part: Part) => unknown, live: boolean): Reader =>
  (part) => {
    const location = locationOf(part, live)
    return { type: 'location', words: [read(part)], ...(location && { carried: { location } }) }
  }

const cards =
  (read: (part: Part) => unknown[], cardsIn: (part: Part) => Part[]): Reader =>
  (part) => {
    const contacts = contactsOf(cardsIn(part))
    return { type: 'contact', words: [firstSaid(...read(part))], ...(contacts.length > 0 && { carried: { contacts } }) }
  }

const invitation = line('text', (part) => [part.caption, part.groupName, part.newsletterName])

/** In the order of search. */
export const shapes: { [name in keyof proto.IMessage]?: Reader } = {
  extendedTextMessage: line('text', (part) => [part.text, part.matchedText, part.title, part.description]),
  imageMessage: file('image'),
  videoMessage: file('video'),
  ptvMessage: file('video'),
  audioMessage: file('audio'),
  documentMessage: file('document'),
  stickerMessage: file('sticker'),
  locationMessage: place(nameOfPlace, false),
  liveLocationMessage: place((part) => firstSaid(part.caption), true),
  contactMessage: cards(
    (part) => [part.displayName, nameOn(part.vcard)],
    (part) => [part],
  ),
  contactsArrayMessage: cards(
    (part) => [part.displayName, namesOf(part.contacts)],
    (part) => listOf(part.contacts, most.contacts),
  ),
  pollCreationMessage: poll,
  pollCreationMessageV2: poll,
  pollCreationMessageV3: poll,
  pollCreationMessageV5: poll,
  buttonsMessage: (part) => ({
    type: 'text',
    words: [part.text, ...header(part), part.contentText, part.footerText],
    otherwise: listOf(part.buttons, most.buttons).map((button) =>
      firstSaid(within(button, 'buttonText').displayText, jsonWords(within(button, 'nativeFlowInfo').paramsJson)),
    ),
    attached: attachedTo(part),
  }),
  listMessage: lines(
    'text',
    (part) => [part.title, part.description, part.footerText],
    (part) => [
      part.buttonText,
      ...listOf(part.sections, most.rows).flatMap((section) => [
        section.title,
        ...listOf(section.rows, most.rows).map((row) => firstSaid(row.title, row.description)),
      ]),
      ...listOf(within(part, 'productListInfo').productSections, most.rows).map(({ title }) => title),
    ],
  ),
  interactiveMessage: interactive,
  templateMessage: template,
  highlyStructuredMessage: (part) => ({
    ...template(within(part, 'hydratedHsm')),
    words: structured(part, 0),
  }),
  buttonsResponseMessage: line('text', (part) => [part.selectedDisplayText, part.selectedButtonId]),
  templateButtonReplyMessage: line('text', (part) => [part.selectedDisplayText, part.selectedId]),
  listResponseMessage: line('text', (part) => [
    part.title,
    part.description,
    within(part, 'singleSelectReply').selectedRowId,
  ]),
  interactiveResponseMessage: line('text', (part) => [
    within(part, 'body').text,
    jsonWords(within(part, 'nativeFlowResponseMessage').paramsJson),
  ]),
  groupInviteMessage: invitation,
  newsletterAdminInviteMessage: invitation,
  newsletterFollowerInviteMessageV2: invitation,
  questionResponseMessage: lines('text', (part) => [part.text]),
  statusQuestionAnswerMessage: lines('text', (part) => [part.text]),
  richResponseMessage: lines('text', (part) =>
    listOf(part.submessages, most.paragraphs).map(({ messageText }) => messageText),
  ),
  productMessage: (part) => {
    const { product, catalog } = products(part)
    return {
      type: 'unknown',
      words: [
        firstSaid(product.title, product.description, catalog.title, catalog.description),
        part.body,
        part.footer,
      ],
      attached: attachedTo(product, catalog),
    }
  },
  orderMessage: lines('unknown', (part) => [part.orderTitle, part.message]),
  eventMessage: lines(
    'unknown',
    (part) => [part.name, part.description],
    (part) => [nameOfPlace(within(part, 'location')), part.joinLink],
  ),
  stickerPackMessage: lines('unknown', (part) => [firstSaid(part.name, part.packDescription), part.caption]),
}

/** For a kind that is not in the table: fields with the name of a text, and parts with the name of a file. */
export const anyShape: Reader = (part) => ({
  type: 'unknown',
  words: [
    firstSaid(part.title, part.name, part.text, part.caption, part.body, part.message, part.note, part.description),
  ],
  attached: attachedTo(part),
})

const namesOf = (contacts: unknown) =>
  listOf(contacts, most.contacts)
    .flatMap(({ displayName, vcard }) => firstSaid(displayName, nameOn(vcard)) ?? [])
    .join(', ')
