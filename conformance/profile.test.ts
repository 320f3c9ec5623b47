/** The profile: what is not claimed is not asked for, and says so. */
import { expect, test } from 'vitest'
import { suite } from './cases/index.ts'
import { operationIds } from './parley.ts'
import { claims, type Profile, whoDenies } from './profile.ts'

const claimedBy = (profile: Profile) => (what: string) => claims(suite, { profile }, what)

test('everything is claimed unless it is denied', () => {
  expect([...suite.features, ...operationIds].filter((what) => !claims(suite, {}, what))).toEqual([])
  expect(claimedBy({ presence: true })('setChatPresence')).toBe(true)
})

test('an operation is of its tag unless its file says otherwise', () => {
  expect(suite.featureOf('listChats')).toBe('chats')
  expect(suite.featureOf('readChat')).toBe('chatReadMarker')
  expect(suite.featureOf('chats')).toBeUndefined()
})

test.for([false, null])('a feature that is %s takes its operations along', (claim) => {
  const unclaimed = operationIds.filter((id) => !claimedBy({ chats: claim })(id))
  expect(unclaimed).toEqual(operationIds.filter((id) => suite.featureOf(id) === 'chats'))
  expect(unclaimed).not.toEqual([])
})

test('what is said of an operation counts more', () => {
  const isClaimed = claimedBy({ sessions: false, getSession: true, chats: true, listChats: null })
  expect(['getSession', 'listSessions', 'getChat', 'listChats'].map(isClaimed)).toEqual([true, false, true, false])
})

test('a denial names the key that denies', () => {
  const profile = { sessions: false, listChats: null }
  expect(whoDenies(suite, { profile }, 'listSessions')).toBe('profile.sessions')
  expect(whoDenies(suite, { profile }, 'listChats')).toBe('profile.listChats')
  expect(whoDenies(suite, { profile }, 'getChat')).toBeUndefined()
})

test('every part that a case stands for is one that a target can leave unclaimed', () => {
  const parts: readonly string[] = [...suite.features, ...operationIds]
  const unknown = suite.cases.flatMap(({ features }) => features.filter((one) => !parts.includes(one)))
  expect(unknown).toEqual([])
})
