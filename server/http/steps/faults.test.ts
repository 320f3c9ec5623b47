import { describe, expect, test } from 'vitest'
import { enums } from '../../../generated/enums.ts'
import { type OperationId, operations } from '../../../generated/operations.ts'
import { validators } from '../../../generated/validators.js'
import { GatewayError } from '../../model/errors.ts'
import type { Gateway } from '../../operation.ts'
import { validParts } from './valid.ts'

const good = {
  path: { session: 'sess_1', cid: '6281398765432@s.whatsapp.net' },
  query: {},
  header: {},
  body: undefined,
}

const to = '6281398765432@s.whatsapp.net'
const url = 'https://example.com/whatsapp'

/** Path, message and code of what is refused. */
const faults = <K extends OperationId>(id: K, wrong: Partial<Record<keyof typeof good, unknown>>) => {
  const names = Object.keys(operations[id].parameters.path)
  const path = Object.fromEntries(Object.entries(good.path).filter(([name]) => names.includes(name)))
  try {
    validParts<K, Gateway>(validators[id], operations[id], { ...good, path, ...wrong })
  } catch (error) {
    if (error instanceof GatewayError) return error.details?.errors
    throw error
  }
  return 'accepted'
}

describe('a broken rule has a message for people and a code for programs', () => {
  test.for<[OperationId, object, string, string, string]>([
    ['setChatPresence', { body: {} }, '/body/state', 'state is required', 'required'],
    [
      'setChatPresence',
      { body: { state: 'typing' } },
      '/body/state',
      'state must be one of composing, recording, paused',
      'enum',
    ],
    ['setChatPresence', { body: { state: 7 } }, '/body/state', 'state must be a string', 'type'],
    ['setChatPresence', { body: [] }, '/body', 'the body must be an object', 'type'],
    [
      'setChatPresence',
      { body: { state: 'paused', to: 'x' } },
      '/body/to',
      'to is not a member of this body',
      'unknown',
    ],
    [
      'setChatPresence',
      { body: { state: 'paused' }, path: { session: 'sess_1', cid: '6281398765432' } },
      '/path/cid',
      'cid must look like 6281398765432@s.whatsapp.net',
      'format',
    ],
    ['sessionPairingCode', { body: { phone: '+62' } }, '/body/phone', 'phone must look like 6281234567890', 'format'],
    ['createSession', { body: { label: '' } }, '/body/label', 'label must not be empty', 'too_short'],
    [
      'createSession',
      { body: { label: 'x'.repeat(101) } },
      '/body/label',
      'label must have at most 100 characters',
      'too_long',
    ],
    ['createSession', { body: { start: 'yes' } }, '/body/start', 'start must be a boolean', 'type'],
    [
      'createSession',
      { body: {}, header: { 'Idempotency-Key': 'two words' } },
      '/header/Idempotency-Key',
      'Idempotency-Key must look like 6f0f6a4e-3c39-4b0e-9a53-0f6c1b6f8a02',
      'format',
    ],
    [
      'sendMessage',
      { body: { type: 'text', to: 'Rina', text: 'Hello' } },
      '/body/to',
      'to must have at least 6 characters, like 6281398765432@s.whatsapp.net',
      'too_short',
    ],
    ['sendMessage', { body: {} }, '/body/type', 'type is required', 'required'],
    ['sendMessage', { body: { type: 7 } }, '/body/type', 'type must be a string', 'type'],
    [
      'sendMessage',
      { body: { type: 'telegram' } },
      '/body/type',
      'type must be one of text, image, video, audio, document, sticker, location, contact, poll',
      'enum',
    ],
    [
      'sendMessage',
      { body: { type: 'text', to, text: 'x', latitude: 1 } },
      '/body/latitude',
      'latitude is not a member of this body when type is text',
      'unknown',
    ],
    [
      'sendMessage',
      { body: { type: 'poll', to, name: 'x', options: ['a', 'b', 'a'] } },
      '/body/options',
      'options must not have an entry twice',
      'repeated',
    ],
    [
      'sendMessage',
      { body: { type: 'contact', to, contact: {} } },
      '/body/contact',
      'contact must not be empty',
      'too_short',
    ],
    [
      'sendMessage',
      { body: { type: 'contact', to, contact: { name: 'Rina' } } },
      '/body/contact/phone',
      'contact.phone is required with name',
      'required',
    ],
    [
      'sendMessage',
      { body: { type: 'contact', to, contact: { name: 'Rina', phone: '62813', vcard: 'x' } } },
      '/body/contact',
      'contact must have at most 2 members',
      'too_long',
    ],
    ['sendMessage', { body: { type: 'text', text: 'x' } }, '/body/to', 'to is required', 'required'],
    [
      'sendMessage',
      { body: { type: 'text', to: '6281398765432@s.whatsapp.net', text: ' \n' } },
      '/body/text',
      'text must not be blank',
      'format',
    ],
    ...['a\0', '\ud83d', 'a\udc00b'].map((text): [OperationId, object, string, string, string] => [
      'sendMessage',
      { body: { type: 'text', to: '6281398765432@s.whatsapp.net', text } },
      '/body/text',
      'text must not have U+0000 or half of a surrogate pair',
      'format',
    ]),
    [
      'createWebhook',
      { body: { url, customHeaders: { 'X-Shop': 'a\r\nX: b' } } },
      '/body/customHeaders/X-Shop',
      'customHeaders.X-Shop must have printable ASCII characters only',
      'format',
    ],
    [
      'createWebhook',
      { body: { url, customHeaders: { 'X Shop': 'a' } } },
      '/body/customHeaders/X Shop',
      'customHeaders.X Shop must be a name of 1 to 64 letters, digits and hyphens',
      'format',
    ],
    [
      'createWebhook',
      { body: { url, events: ['Message'] } },
      '/body/events/0',
      `events.0 must be one of *, ${enums.EventName.join(', ')}`,
      'enum',
    ],
    ['listChats', { query: { limit: -1 } }, '/query/limit', 'limit must be 0 or more', 'too_small'],
    ['listChats', { query: { limit: 'ten' } }, '/query/limit', 'limit must be an integer', 'type'],
    ['listChats', { query: { limit: 1e300 } }, '/query/limit', 'limit must be 9007199254740991 or less', 'too_large'],
    ['listChats', { query: { cursor: 'a+b' } }, '/query/cursor', 'cursor does not have the required form', 'format'],
    [
      'getSession',
      { path: { session: 'x'.repeat(129) } },
      '/path/session',
      'session must have at most 128 characters',
      'too_long',
    ],
  ])('%s with %j', ([id, wrong, path, message, code]) => {
    expect(faults(id, wrong)).toEqual([{ path, message, code }])
  })

  test('the name of a member that is not known is shown as far as a person needs it', () => {
    const name = 'x'.repeat(64)
    expect(faults('createSession', { body: { [`${name}yz`]: 1 } })).toEqual([
      { path: `/body/${name}`, message: `${name} is not a member of this body`, code: 'unknown' },
    ])
  })
})
