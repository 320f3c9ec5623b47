/** What `sendMessage` sends besides texts and files. */
import { admittedCall, type Base } from '../../base.ts'
import type { Call, Context } from '../../case.ts'
import type { Schemas } from '../../contract.ts'
import { faultPlaceOf } from '../../fault-place.ts'
import type { Row } from '../../table.ts'

type Message = Schemas['Message']

const location = { type: 'location', latitude: -6.175392, longitude: 106.827153, name: 'Warung Melati' }
const contact = { type: 'contact', contact: { name: 'Rina Wijaya', phone: '6281398765432' } }
const poll = { type: 'poll', name: 'Which evening suits you?', options: ['Friday', 'Saturday'], selectableCount: 1 }

/** 12 options of 100 characters each. */
const longestPoll = {
  ...poll,
  name: 'x'.repeat(255),
  options: Array.from({ length: 12 }, (_, at) => String(at).padStart(100, 'x')),
  selectableCount: 12,
}

/** @returns the admitted request with this content */
const calling = async (base: Base, context: Context, content: object): Promise<Call> => {
  const call = await admittedCall(base, context)
  return { ...call, body: { to: (call.body as { to: string }).to, ...content } }
}

/** @param wanted what the message shows, in the answer and later */
const sends = (
  base: Base,
  variant: string,
  promise: string,
  [content, wanted]: [object, (message: Message) => boolean],
): Row => ({
  id: `200/-/${variant}`,
  promise,
  checks: ['answer', 'read-back'],
  run: async (context) => {
    const call = await calling(base, context, content)
    const { body } = await context.send<Message>(call, { status: [200, 202] })
    context.check('answer', wanted(body), 'the answer shows another content')
    const path = { session: context.get('fixtures.sendingSession'), mid: body.id }
    const read = await context.send<Message>({ operationId: 'getMessage', path }, { status: 200 })
    context.check('read-back', wanted(read.body), 'getMessage shows another content')
  },
})

const isAt = (latitude: number, longitude: number, name?: string) => (message: Message) =>
  message.type === 'location' &&
  message.location?.latitude === latitude &&
  message.location.longitude === longitude &&
  message.location.name === name

const asks = (wanted: typeof poll, selectableCount: number) => (message: Message) =>
  message.type === 'poll' &&
  message.poll?.name === wanted.name &&
  message.poll.options.map(({ name }) => name).join() === wanted.options.join() &&
  message.poll.options.every(({ votes }) => votes === 0) &&
  message.poll.selectableCount === selectableCount &&
  message.poll.voters.length === 0

/** A request that breaks a rule of its kind, by one edit of one that breaks none. */
const refuses = (base: Base, variant: string, content: object, change: object): Row => ({
  id: `400|422/validation_error/${variant}`,
  promise: `refuses ${said[variant]}`,
  live: false,
  steer: false,
  run: async (context) => {
    const right = await calling(base, context, content)
    const call = { ...right, body: { ...(right.body as object), ...change } }
    const faultPlace = faultPlaceOf(right, call, base.row.parameters.query)
    await context.send(
      { ...call, broken: true },
      { status: context.schemaViolation, code: 'validation_error', faultPlace },
    )
  },
})

const said: Readonly<Record<string, string>> = {
  'latitude-over-90': 'a place north of the pole',
  'latitude-under-minus-90': 'a place south of the pole',
  'longitude-over-180': 'a place east of the date line',
  'longitude-missing': 'a place without longitude',
  'latitude-text': 'a text in place of a number of degrees',
  'contact-without-phone': 'a contact without a phone number',
  'contact-no-vcard': 'a text in place of a vCard',
  'contact-two-forms': 'a vCard next to a name and a number',
  'poll-one-option': 'a poll with one option',
  'poll-13-options': 'a poll with 13 options',
  'poll-option-twice': 'a poll with the same option twice',
  'poll-option-of-101': 'an option of 101 characters',
  'poll-question-of-256': 'a question of 256 characters',
  'poll-select-13': 'a poll in which 13 options may be chosen',
  'poll-select-negative': 'a poll in which fewer than no options may be chosen',
  'poll-with-text': 'a member that belongs to another kind of message',
}

const vcard = 'BEGIN:VCARD\nVERSION:3.0\nFN:Rina Wijaya\nEND:VCARD'

/** @param base of `sendMessage` */
export const kinds = (base: Base): Row[] => [
  sends(base, 'location', 'sends a place', [location, isAt(location.latitude, location.longitude, location.name)]),
  sends(base, 'location-pole', 'sends the north pole, at the date line', [
    { type: 'location', latitude: 90, longitude: 180 },
    isAt(90, 180),
  ]),
  sends(base, 'location-other-pole', 'sends the south pole, at the other side of the date line', [
    { type: 'location', latitude: -90, longitude: -180 },
    isAt(-90, -180),
  ]),
  sends(base, 'contact', 'sends a contact by name and number', [
    contact,
    ({ type, contacts }) =>
      type === 'contact' &&
      contacts?.length === 1 &&
      contacts[0]?.name === contact.contact.name &&
      (contacts[0].vcard?.includes(contact.contact.phone) ?? false),
  ]),
  sends(base, 'contact-vcard', 'sends a vCard as it is', [
    { type: 'contact', contact: { vcard } },
    ({ contacts }) => contacts?.[0]?.vcard === vcard && contacts[0].name === 'Rina Wijaya',
  ]),
  sends(base, 'poll', 'sends a poll, in which nobody has voted', [poll, asks(poll, 1)]),
  sends(base, 'poll-largest', 'sends a poll with 12 options of 100 characters, all of which may be chosen', [
    longestPoll,
    asks(longestPoll, 0),
  ]),
  refuses(base, 'latitude-over-90', location, { latitude: 90.000_001 }),
  refuses(base, 'latitude-under-minus-90', location, { latitude: -90.000_001 }),
  refuses(base, 'longitude-over-180', location, { longitude: 180.000_001 }),
  refuses(base, 'longitude-missing', location, { longitude: undefined }),
  refuses(base, 'latitude-text', location, { latitude: '-6.17' }),
  refuses(base, 'contact-without-phone', contact, { contact: { name: 'Rina Wijaya' } }),
  refuses(base, 'contact-no-vcard', contact, { contact: { vcard: 'Rina Wijaya, 6281398765432' } }),
  refuses(base, 'contact-two-forms', contact, { contact: { ...contact.contact, vcard } }),
  refuses(base, 'poll-one-option', poll, { options: ['Friday'] }),
  refuses(base, 'poll-13-options', longestPoll, { options: [...longestPoll.options, 'one more'] }),
  refuses(base, 'poll-option-twice', poll, { options: ['Friday', 'Friday'] }),
  refuses(base, 'poll-option-of-101', poll, { options: ['Friday', 'x'.repeat(101)] }),
  refuses(base, 'poll-question-of-256', poll, { name: 'x'.repeat(256) }),
  refuses(base, 'poll-select-13', longestPoll, { selectableCount: 13 }),
  refuses(base, 'poll-select-negative', poll, { selectableCount: -1 }),
  refuses(base, 'poll-with-text', poll, { text: 'Which evening suits you?' }),
]
