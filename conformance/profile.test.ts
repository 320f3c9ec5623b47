/** The profile: what is not claimed is not asked for, and says so. */
import { expect, test } from 'vitest'
import { operationIds } from './contract.ts'
import { claims, featureOf, features, whoDenies } from './profile.ts'

test('everything is claimed unless it is denied', () => {
  expect([...features, ...operationIds].filter((what) => !claims({}, what))).toEqual([])
  expect(claims({ profile: { presence: true } }, 'setChatPresence')).toBe(true)
})

test.for([false, null])('a feature that is %s takes its operations along', (claim) => {
  const unclaimed = operationIds.filter((id) => !claims({ profile: { chats: claim } }, id))
  expect(unclaimed).toEqual(operationIds.filter((id) => featureOf[id] === 'chats'))
})

test('what is said of an operation counts more', () => {
  const profile = { sessions: false, getSession: true, chats: true, listChats: null }
  const claimed = (['getSession', 'listSessions', 'getChat', 'listChats'] as const).map((id) => claims({ profile }, id))
  expect(claimed).toEqual([true, false, true, false])
})

test('a denial names the key that denies', () => {
  const profile = { sessions: false, listChats: null }
  expect(whoDenies({ profile }, 'listSessions')).toBe('profile.sessions')
  expect(whoDenies({ profile }, 'listChats')).toBe('profile.listChats')
  expect(whoDenies({ profile }, 'getChat')).toBeUndefined()
})
