import { expect, test } from 'vitest'
import { quietConsole } from './quiet-console.ts'

const recorder = () => {
  const printed: unknown[][] = []
  const print = (...args: unknown[]) => {
    printed.push(args)
  }
  return { printed, log: print, info: print, warn: print, error: print, debug: print }
}

test('lines with Signal sessions are not printed', () => {
  const target = recorder()
  quietConsole(target)

  target.info('Closing session:', { privKey: 'secret' })
  target.info('Opening session:', { rootKey: 'secret' })
  target.info('Removing old closed session:', { chainKey: 'secret' })
  target.warn('Session already closed', { privKey: 'secret' })
  target.error('Session error:Error: Bad MAC', 'stack')

  expect(target.printed).toEqual([])
})

test('everything else is printed as it was', () => {
  const target = recorder()
  quietConsole(target)

  target.info('Listening', { port: 3000 })
  target.error(new Error('boom'))
  target.log()

  expect(target.printed).toEqual([['Listening', { port: 3000 }], [new Error('boom')], []])
})

test('filtering twice prints once', () => {
  const target = recorder()
  quietConsole(target)
  quietConsole(target)

  target.warn('hello')

  expect(target.printed).toEqual([['hello']])
})
