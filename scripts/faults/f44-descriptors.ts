import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { wait } from './harness/until.ts'

const limit = 256

export const descriptors: Fault = {
  id: 'F44',
  name: 'no file descriptors left',
  injection: `the process may have ${limit} descriptors; 400 clients connect and say nothing`,
  promise: 'sessions and store go on, and the API answers again when the clients are gone',
  async run({ random, open, figure, check }) {
    const canLimit = spawnSync('prlimit', ['--version']).status === 0
    const world = await open(canLimit ? { wrapper: ['prlimit', `--nofile=${limit}`] } : {})
    const { hostname, port } = new URL(world.gateway.url)
    const sockets: Socket[] = []
    for (let n = 0; n < 400; n += 1) {
      const socket = connect({ host: hostname, port: Number(port) })
      socket.on('error', () => {})
      sockets.push(socket)
    }
    await Promise.race([Promise.all(sockets.map((socket) => once(socket, 'connect'))), pause(1_000)]).catch(() => {})
    const open_ = world.gateway.descriptors()
    for (let n = 0; n < 20; n += 1) await world.traffic.any(random)
    await world.drained()
    check(world.gateway.isAlive, 'the process lives')
    for (const socket of sockets) socket.destroy()
    const served = await wait(
      async () =>
        await world.call('GET', '/sessions').then(
          ({ status }) => (status === 200 ? true : undefined),
          () => undefined,
        ),
      15_000,
    )
    check(served === true, 'the API answers again')
    check((await world.session()).status === 'working', 'the session was connected all the while')
    figure('descriptors in use', canLimit ? `${open_} of ${limit}` : `${open_}, unlimited here`)
  },
}
