/** The worker thread that reads histories. It may run out of memory or time without harm to the process. */
import { parentPort } from 'node:worker_threads'
import { limits } from './limits.ts'
import { decrypt, inflate, Unreadable } from './open-blob.ts'
import { type FromWorker, type Task, type ToWorker, window } from './protocol.ts'
import { walk } from './walk.ts'

if (parentPort === null) throw new Error('this is the program of a worker')
const port = parentPort

const send = (message: FromWorker) => port.postMessage(message)

let credit = window
let more = () => {}

const hasCredit = async () => {
  while (credit === 0) {
    const { promise, resolve } = Promise.withResolvers<void>()
    more = resolve
    await promise
  }
  credit -= 1
}

const read = async ({ packed, sealed, reading }: Task) => {
  credit = window
  const { bytes, isCut } = await inflate(sealed === undefined ? packed : decrypt(packed, sealed), limits.bytes)
  const steps = walk(bytes, reading)
  let step = steps.next()
  for (; !step.done; step = steps.next()) {
    if (step.value.type === 'facts' && step.value.facts.length === 0) continue
    await hasCredit()
    send(step.value)
  }
  const { isWhole, ...summary } = step.value
  const isEmpty = summary.chats === 0 && summary.messages === 0 && !isWhole
  if (isEmpty) throw new Unreadable('it is no history')
  send({ type: 'done', summary: { ...summary, isCut: isCut || !isWhole } })
}

port.on('message', (message: ToWorker) => {
  if (message.type === 'end') {
    port.close()
    return
  }
  if (message.type === 'more') {
    credit += 1
    more()
    return
  }
  // Any other error ends this thread, and counts as its death.
  read(message.task).catch((error: unknown) => {
    if (!(error instanceof Unreadable)) throw error
    send({ type: 'unreadable', cause: error.message })
  })
})
