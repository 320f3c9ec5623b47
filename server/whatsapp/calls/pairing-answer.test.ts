import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { NotConnected } from '../../ports/whatsapp/calls.ts'
import { pairingAnswer } from './pairing-answer.ts'

test('a code that WhatsApp accepts', async () => {
  const ws = new EventEmitter()
  const answer = pairingAnswer(ws)

  ws.emit('CB:iq,type:result,link_code_companion_reg')

  await expect(answer).resolves.toBeUndefined()
  expect(ws.eventNames()).toEqual([])
})

test('a code that WhatsApp refuses', async () => {
  const ws = new EventEmitter()
  const answer = pairingAnswer(ws)

  ws.emit('CB:iq,type:error')

  await expect(answer).rejects.toThrow(NotConnected)
  expect(ws.eventNames()).toEqual([])
})
