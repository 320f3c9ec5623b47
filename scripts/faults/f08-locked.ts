import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { lock } from './harness/database.ts'
import { degrade } from './harness/degraded.ts'

export const locked: Fault = {
  id: 'F08',
  name: 'database locked by another process',
  injection: 'another process holds BEGIN EXCLUSIVE for 1, 10 and 60 s while messages arrive',
  promise: '1 s: nobody notices; longer: as for a full disk',
  async run(run) {
    const { quick, open, figure, check, say } = run
    const world = await open()
    const [chat] = world.traffic.contacts
    await world.traffic.direct(chat)
    await world.caughtUp()

    const release = await lock(world.database)
    const flow = world.traffic.flow(run.random, 20, pause(1_000))
    const read = world.call('POST', `/sessions/${world.sessionId}/chats/${chat.pn}/read`)
    await pause(1_000)
    await release()
    check((await read).status === 200, `a write waits for a lock of 1 s: ${(await read).status}`)
    await flow
    await world.drained()
    figure('1 s: a write took', `${Math.round((await read).ms)} ms`)

    for (const seconds of quick ? [7] : [10, 60]) {
      say(`locked for ${seconds} s`)
      let unlock = async () => {}
      const { writableMs, storedMs } = await degrade(world, run, {
        begin: async () => {
          unlock = await lock(world.database)
        },
        end: () => unlock(),
        ms: seconds * 1_000,
        reason: /locked|does not answer/,
      })
      figure(`${seconds} s: writes again after`, `${Math.round(writableMs)} ms`)
      figure('stored after', `${Math.round(storedMs)} ms`)
    }
  },
}
