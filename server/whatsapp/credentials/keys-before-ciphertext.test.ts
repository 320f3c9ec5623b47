import { expect, test } from 'vitest'
import type { SignalAuthState, SignalDataSet, SignalRepositoryWithLIDStore } from '../library.ts'
import { keysBeforeCiphertext } from './keys-before-ciphertext.ts'

type Message = Parameters<SignalRepositoryWithLIDStore['encryptMessage']>[0]

/** A repository that advances a session with each message, in transactions that end later. */
const make = (auth: SignalAuthState) =>
  ({
    encryptMessage: async ({ jid }: Message) => {
      await auth.keys.set({ session: { [jid]: Buffer.from('advanced') } })
      return { type: 'msg', ciphertext: Buffer.from('ciphertext') }
    },
    injectE2ESession: () => auth.keys.set({ session: { new: Buffer.from('session') } }),
  }) as unknown as SignalRepositoryWithLIDStore

const open = (store: (data: SignalDataSet) => Promise<void>) => {
  const inTransaction: SignalDataSet[] = []
  const auth = {
    keys: {
      get: async () => ({ known: 'by the library' }),
      set: async (data: SignalDataSet) => void inTransaction.push(data),
      isInTransaction: () => true,
    },
  } as unknown as SignalAuthState
  return { inTransaction, repository: keysBeforeCiphertext(make, { set: store })(auth) }
}

const encrypt = (repository: SignalRepositoryWithLIDStore, jid: string) =>
  repository.encryptMessage({ jid, data: Buffer.from('text') })

test('what encrypted a message is stored before the ciphertext is there, and stays in the transaction', async () => {
  const stored: SignalDataSet[] = []
  const storing = Promise.withResolvers<void>()
  const { inTransaction, repository } = open(async (data) => {
    await storing.promise
    stored.push(data)
  })
  let isThere = false
  const sealed = encrypt(repository, 'rina').then((result) => {
    isThere = true
    return result
  })
  await new Promise(setImmediate)
  expect(isThere).toBe(false)
  storing.resolve()
  expect((await sealed).ciphertext.toString()).toBe('ciphertext')
  expect(stored).toEqual([{ session: { rina: Buffer.from('advanced') } }])
  expect(inTransaction).toEqual(stored)
})

test('there is no ciphertext when its keys cannot be stored', async () => {
  const { repository } = open(() => Promise.reject(new Error('the store is full')))
  await expect(encrypt(repository, 'rina')).rejects.toThrow('the store is full')
})

test('what is encrypted at once, for several devices, is stored with one write; other keys are left to the library', async () => {
  const stored: SignalDataSet[] = []
  const { inTransaction, repository } = open(async (data) => void stored.push(data))
  await repository.injectE2ESession({} as never)
  await Promise.all([encrypt(repository, 'rina'), encrypt(repository, 'budi')])
  expect(stored).toEqual([{ session: { rina: Buffer.from('advanced'), budi: Buffer.from('advanced') } }])
  await encrypt(repository, 'rina')
  expect(stored).toHaveLength(2)
  expect(inTransaction).toHaveLength(4)
})
