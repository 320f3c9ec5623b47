import { describe, expect, test } from 'vitest'
import document from '../../generated/openapi.json' with { type: 'json' }
import { bareJid, chatTypeOf } from './jid.ts'

const { Jid, Lid, PhoneJid } = document.components.schemas

describe('bareJid', () => {
  test.each([
    ['6281234567890@s.whatsapp.net', '6281234567890@s.whatsapp.net'],
    ['6281234567890:12@s.whatsapp.net', '6281234567890@s.whatsapp.net'],
    ['6281234567890_1:12@s.whatsapp.net', '6281234567890@s.whatsapp.net'],
    ['6281234567890@c.us', '6281234567890@s.whatsapp.net'],
    ['98765432101234:3@lid', '98765432101234@lid'],
    ['6281234567890:99@hosted', '6281234567890@s.whatsapp.net'],
    ['98765432101234:99@hosted.lid', '98765432101234@lid'],
    ['120363041234567890@g.us', '120363041234567890@g.us'],
    ['6281234567890-1600000000@g.us', '6281234567890-1600000000@g.us'],
    ['status@broadcast', 'status@broadcast'],
    ['120363041234567890@newsletter', '120363041234567890@newsletter'],
    ['18:0@lid', '18@lid'],
    [`${'a'.repeat(100)}@g.us`, `${'a'.repeat(100)}@g.us`],
  ])('%s is %s, which the contract calls a JID', (text, jid) => {
    expect(bareJid(text)).toBe(jid)
    expect(jid).toMatch(new RegExp(Jid.pattern))
    expect(jid.length).toBeLessThanOrEqual(Jid.maxLength)
    expect(new RegExp(Lid.pattern).test(jid)).toBe(jid.endsWith('@lid'))
    expect(new RegExp(PhoneJid.pattern).test(jid)).toBe(jid.endsWith('@s.whatsapp.net'))
  })

  test.each([
    undefined,
    null,
    7,
    '',
    '@',
    '6281234567890',
    '@g.us',
    '1@g.us\n',
    'a b@g.us',
    `${'1'.repeat(200)}@lid`,
    '1@@g.us',
  ])('%j is no address', (value) => {
    expect(bareJid(value)).toBeUndefined()
  })
})

test.each([
  ['6281234567890@s.whatsapp.net', 'dm'],
  ['98765432101234@lid', 'dm'],
  ['120363041234567890@g.us', 'group'],
  ['120363041234567890@newsletter', 'newsletter'],
  ['1600000000@broadcast', 'broadcast'],
  ['status@broadcast', 'status'],
])('%s is a %s', (jid, type) => {
  expect(chatTypeOf(jid)).toBe(type)
})
