import { beforeEach, expect, test } from 'vitest'
import type { Principal } from '../model/principal.ts'
import { createTickets, type Grant, type Tickets } from './tickets.ts'

let now: number
let tickets: Tickets
let sessions: string[]

beforeEach(() => {
  now = 1_000
  sessions = ['sess_1']
  tickets = createTickets({ clock: () => now, hasSession: async (_, id) => sessions.includes(id) })
})

const grantOf = (organizationId: string, isAdmitted = async () => true): Grant => {
  const principal: Principal = {
    kind: 'apiKey',
    subject: 'key_1',
    organizationId,
    capabilities: new Set(['events']),
    superAdmin: false,
  }
  return { principal, isAdmitted }
}

test('a ticket is good for one stream', async () => {
  const { ticket } = tickets.create(grantOf('org_1'))
  expect(await tickets.find(ticket)).toMatchObject({ organizationId: 'org_1', ticket })
  expect(tickets.take(ticket)).toBeDefined()
  expect([await tickets.find(ticket), tickets.take(ticket)]).toEqual([undefined, undefined])
})

test('a ticket is good for 30 seconds', async () => {
  const { ticket, expiresAt } = tickets.create(grantOf('org_1'))
  expect(expiresAt).toBe(31_000)
  now = 30_999
  expect(await tickets.find(ticket)).toBeDefined()
  now = 31_000
  expect([await tickets.find(ticket), tickets.take(ticket)]).toEqual([undefined, undefined])
})

test('the ticket of a stream is good while it is open, and for five minutes after it', async () => {
  const { ticket, ended } = tickets.next(grantOf('org_1'))
  now = 86_400_000
  ended()
  now += 299_999
  ended()
  expect(await tickets.find(ticket)).toBeDefined()
  now += 1
  expect(await tickets.find(ticket)).toBeUndefined()
})

test('a ticket ends with the token that made it', async () => {
  let isAdmitted = true
  const { ticket } = tickets.create(grantOf('org_1', async () => isAdmitted))
  isAdmitted = false
  expect(await tickets.find(ticket)).toBeUndefined()
})

test('a ticket for one session ends with it, and one for all sessions does not', async () => {
  const { principal, isAdmitted } = grantOf('org_1')
  const ofSession = { principal: { ...principal, eventFilter: { sessionId: 'sess_1' } }, isAdmitted }
  const [all, one, next] = [
    tickets.create({ principal, isAdmitted }).ticket,
    tickets.create(ofSession).ticket,
    tickets.next(ofSession).ticket,
  ]
  for (const ticket of [all, one, next]) expect(await tickets.find(ticket)).toBeDefined()
  sessions = []
  expect(await tickets.find(all)).toBeDefined()
  for (const ticket of [one, next]) expect(await tickets.find(ticket)).toBeUndefined()
})

test('an organization that makes too many loses its own oldest', async () => {
  const other = tickets.create(grantOf('org_2'))
  const own = Array.from({ length: 5_001 }, () => tickets.create(grantOf('org_1')).ticket)
  expect(await tickets.find(other.ticket)).toBeDefined()
  expect(await tickets.find(own[0] ?? '')).toBeUndefined()
  expect(await tickets.find(own[1] ?? '')).toBeDefined()
})
