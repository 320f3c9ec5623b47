import { beforeEach, expect, test, vi } from 'vitest'
import type { GroupMetadata } from '../library.ts'
import { createGroupMembers } from './group-members.ts'

const group = '120363041234567890@g.us'
const idsOf = ({ participants }: GroupMetadata) => participants.map(({ id }) => id)
const answer = (...ids: string[]): GroupMetadata => ({
  id: group,
  owner: ids[0],
  subject: 'Team',
  participants: ids.map((id) => ({ id, admin: null })),
})
const ask = vi.fn<(jid: string) => Promise<GroupMetadata>>()
beforeEach(() => void ask.mockReset())

test('asks once, until something has changed in the group', async () => {
  const members = createGroupMembers(ask)
  ask.mockResolvedValue(answer('a', 'b'))
  const both = await Promise.all([members.fetch(group), members.fetch(group)])
  expect(both.map(idsOf)).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ])
  expect(idsOf(await members.fetch(group))).toEqual(['a', 'b'])
  expect(members.known(group)?.participants).toEqual([{ id: 'a' }, { id: 'b' }])
  expect(ask).toHaveBeenCalledOnce()
  members.forget(group)
  expect(members.known(group)).toBeUndefined()
  await members.fetch(group)
  expect(ask).toHaveBeenCalledTimes(2)
})

test('an answer that a change has overtaken is used once, and not kept', async () => {
  const members = createGroupMembers(ask)
  const late = Promise.withResolvers<GroupMetadata>()
  ask.mockReturnValueOnce(late.promise)
  const fetched = members.fetch(group)
  members.forget(group)
  late.resolve(answer('a'))
  expect(idsOf(await fetched)).toEqual(['a'])
  expect(members.known(group)).toBeUndefined()
})

test('a refusal is not kept', async () => {
  const members = createGroupMembers(ask)
  ask.mockRejectedValueOnce(new Error('forbidden'))
  await expect(members.fetch(group)).rejects.toThrow('forbidden')
  ask.mockResolvedValue(answer('a'))
  expect(idsOf(await members.fetch(group))).toEqual(['a'])
})
