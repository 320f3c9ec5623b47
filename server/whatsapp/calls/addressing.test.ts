import { beforeEach, describe, expect, test, vi } from 'vitest'
import { memoryAuth } from '../../../loopback/test-client.ts'
import { type Addressing, createAddressing, migrationIn } from './addressing.ts'

const phone = '6281398765432@s.whatsapp.net'
const lid = '98765432101234@lid'
const group = '120363041234567890@g.us'
const { keys } = memoryAuth()
const written: string[] = []
const final = vi.fn<(error: string | undefined) => void>()
let addressing: Addressing

const created = (store = keys) =>
  createAddressing(store, () => ({
    signalRepository: {
      lidMapping: {
        getLIDForPN: async (jid: string) => (jid === phone ? '98765432101234:0@lid' : null),
        getPNForLID: async (jid: string) => (jid === lid ? phone : null),
      },
    },
  }))

beforeEach(() => {
  addressing = created(memoryAuth().keys)
  written.length = 0
  final.mockReset()
})

const write = (to: string, id = 'A') => addressing.write({ to, id }, async (as) => void written.push(as))
const answer = async (error?: string, id = 'A') => {
  addressing.answered({ attrs: { id, ...(error !== undefined && { error }) } }, () => final(error))
  await new Promise(setImmediate)
}

describe('what WhatsApp said of the account', () => {
  test.each([
    [true, lid],
    [false, phone],
  ])('migrated: %s', async (isMigrated, expected) => {
    addressing.learn(isMigrated)
    expect([await addressing.of(phone), await addressing.of(lid)]).toEqual([expected, expected])
    expect(await addressing.of(group)).toBe(group)
    expect(await addressing.of('6280000000000@s.whatsapp.net')).toBe('6280000000000@s.whatsapp.net')
  })

  test('is known after a restart, and migration is never undone', async () => {
    const { keys: stored } = memoryAuth()
    created(stored).learn(true)
    addressing = created(stored)
    expect(await addressing.of(phone)).toBe(lid)
    addressing.learn(false)
    expect(await addressing.of(phone)).toBe(lid)
  })

  test('is in the answer to what is asked at login', () => {
    const props = (value: string) => ({
      tag: 'iq',
      attrs: {},
      content: [
        { tag: 'props', attrs: {}, content: [{ tag: 'prop', attrs: { config_code: '9435', config_value: value } }] },
      ],
    })
    expect([migrationIn(props('1')), migrationIn(props('0'))]).toEqual([true, false])
    expect(migrationIn({ tag: 'iq', attrs: {}, content: [{ tag: 'props', attrs: {} }] })).toBeUndefined()
    expect(migrationIn({ tag: 'message', attrs: {} })).toBeUndefined()
  })
})

describe('while nothing is known', () => {
  test.each([
    [phone, '463', lid],
    [lid, '400', phone],
  ])('%s, refused with %s, is tried by the other address once', async (to, error, second) => {
    await write(to)
    await answer(error)
    expect(written).toEqual([to, second])
    expect(final).not.toHaveBeenCalled()
    await answer()
    expect(final).toHaveBeenCalledOnce()
    expect(await addressing.of(to)).toBe(second)
  })

  test('when both are refused it is no matter of the address, and nothing is learned', async () => {
    await write(phone)
    await answer('463')
    await answer('463')
    expect(final).toHaveBeenCalledExactlyOnceWith('463')
    expect(written).toEqual([phone, lid])
    expect(await addressing.of(phone)).toBe(phone)
  })

  test.each([
    [phone, '479'],
    [phone, '400'],
    [lid, '463'],
    ['6280000000000@s.whatsapp.net', '463'],
    [group, '463'],
  ])('%s, refused with %s, is refused', async (to, error) => {
    await write(to)
    await answer(error)
    expect(written).toEqual([to])
    expect(final).toHaveBeenCalledExactlyOnceWith(error)
  })

  test('an address that works says nothing: some accounts take both', async () => {
    await write(phone)
    await answer()
    expect(final).toHaveBeenCalledOnce()
    expect(await addressing.of(lid)).toBe(lid)
  })
})

test('an account that was not migrated may be now; the first refusal is told when it is not', async () => {
  addressing.learn(false)
  await write(phone)
  await answer('463')
  await answer('400')
  expect(final).toHaveBeenCalledExactlyOnceWith('463')
  await write(phone, 'B')
  await answer('463', 'B')
  await answer(undefined, 'B')
  expect(written).toEqual([phone, lid, phone, lid])
  expect(await addressing.of(phone)).toBe(lid)
})

test('of a migrated account a refusal is final', async () => {
  addressing.learn(true)
  await write(phone)
  await answer('463')
  expect(written).toEqual([lid])
  expect(final).toHaveBeenCalledOnce()
})
