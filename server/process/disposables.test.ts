import { expect, test } from 'vitest'
import { createDisposables } from './disposables.ts'

const opened = (names: string[], failing: Record<string, Error> = {}) => {
  const disposables = createDisposables()
  const log: string[] = []
  for (const name of names)
    disposables.defer(async () => {
      log.push(`${name} begins`)
      await Promise.resolve()
      const error = failing[name]
      if (error !== undefined) throw error
      log.push(`${name} ends`)
    })
  return { disposables, log }
}

test('the last opened is closed first, and the next when it is closed', async () => {
  const { disposables, log } = opened(['lock', 'store', 'server'])
  await disposables.close()
  expect(log).toEqual(['server begins', 'server ends', 'store begins', 'store ends', 'lock begins', 'lock ends'])
})

test('an error does not keep the others from being closed', async () => {
  const full = new Error('the disk is full')
  const { disposables, log } = opened(['lock', 'store', 'server'], { store: full })
  await expect(disposables.close()).rejects.toBe(full)
  expect(log).toEqual(['server begins', 'server ends', 'store begins', 'lock begins', 'lock ends'])
})

test('several errors are thrown together', async () => {
  const failing = { server: new Error('one'), lock: new Error('two') }
  const { disposables, log } = opened(['lock', 'store', 'server'], failing)
  await expect(disposables.close()).rejects.toMatchObject({ errors: [failing.server, failing.lock] })
  expect(log).toContain('store ends')
})

test('closing twice closes once', async () => {
  const { disposables, log } = opened(['store'])
  await Promise.all([disposables.close(), disposables.close()])
  expect(log).toEqual(['store begins', 'store ends'])
})

test('a closer that throws synchronously is handled like one that rejects', async () => {
  const disposables = createDisposables()
  const closed: string[] = []
  disposables.defer(() => closed.push('lock'))
  disposables.defer(() => {
    throw new Error('no')
  })
  await expect(disposables.close()).rejects.toThrow('no')
  expect(closed).toEqual(['lock'])
})
