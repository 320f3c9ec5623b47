import { type BaileysEventEmitter, type ChatMutation, processSyncAction } from '@whiskeysockets/baileys'
import { expect, test } from 'vitest'
import { makeSound } from './sound-actions.ts'

const me = { id: '6281234567890@s.whatsapp.net', name: 'Owner' }

/** What the library tells of it. */
const told = (action: unknown) => {
  const events: string[] = []
  const ev = { emit: (event: string) => events.push(event) } as unknown as BaileysEventEmitter
  processSyncAction(action as ChatMutation, ev, me)
  return events
}

test('a change that the library can work with stays as it is', () => {
  const pin = () => ({
    index: ['pin_v1', '628@s.whatsapp.net'],
    syncAction: { value: { pinAction: { pinned: true } } },
  })
  const action = pin()
  expect(makeSound({ processSyncAction }, action, me)).toBe(true)
  expect(action).toEqual(pin())
  expect(told(action)).toEqual(['chats.update'])
})

test.each<[string, object]>([
  ['an index that is nothing', { index: null, syncAction: { value: { pinAction: {} } } }],
  ['an index that is no list', { index: { a: 1 }, syncAction: { value: { pinAction: {} } } }],
  ['an index that is a number', { index: 5, syncAction: { value: {} } }],
  ['no action at all', { index: ['pin_v1', 'x'] }],
  ['an action that is nothing', { index: ['pin_v1', 'x'], syncAction: null }],
  ['nothing', {}],
])('%s: nothing is left of it, and the library goes on', (_, action) => {
  expect(makeSound({ processSyncAction }, action, me)).toBe(false)
  expect(told(action)).toEqual([])
})
