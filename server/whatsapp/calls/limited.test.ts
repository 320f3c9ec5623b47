import { expect, test, vi } from 'vitest'
import { limited } from './limited.ts'

const forever = () => new Promise<never>(() => {})
const late = () => new Error('late')

test('resolves with the result of the work, and releases its signals and its timer', async () => {
  const signal = new AbortController().signal
  const remove = vi.spyOn(signal, 'removeEventListener')
  const timers = vi.getTimerCount

  vi.useFakeTimers()
  expect(await limited(async () => 'done', { signals: [signal], withinMs: 1_000, late })).toBe('done')

  expect(timers()).toBe(0)
  expect(remove).toHaveBeenCalledOnce()
  vi.useRealTimers()
})

test('rejects as the work does', async () => {
  const refused = limited(() => Promise.reject(new Error('forbidden')), { signals: [], withinMs: 1_000, late })
  await expect(refused).rejects.toThrow('forbidden')
})

test.each([0, 1])('ends with the reason of either signal, whatever the work does', async (which) => {
  const ends = [new AbortController(), new AbortController()]
  const call = limited(forever, { signals: ends.map(({ signal }) => signal), withinMs: 60_000, late })

  ends[which]?.abort(new Error(`end ${which}`))

  await expect(call).rejects.toThrow(`end ${which}`)
})

test('ends when its time is up', async () => {
  await expect(limited(forever, { signals: [], withinMs: 1, late })).rejects.toThrow('late')
})

test('does not begin when it has ended', async () => {
  const work = vi.fn(forever)
  const call = limited(work, { signals: [AbortSignal.abort(new Error('before'))], withinMs: 60_000, late })

  await expect(call).rejects.toThrow('before')
  expect(work).not.toHaveBeenCalled()
})
