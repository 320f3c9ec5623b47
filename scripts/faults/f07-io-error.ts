import { spawnSync } from 'node:child_process'
import type { Fault } from './fault.ts'
import { degrade } from './harness/degraded.ts'

export const ioError: Fault = {
  id: 'F07',
  name: 'I/O error',
  injection:
    'the kernel fails each write of the process to a file (RLIMIT_FSIZE lowered to 0 from outside), then no longer; where that cannot be done the driver says SQLITE_IOERR',
  promise: 'as for a full disk',
  async run(run) {
    const { quick, random, open, figure } = run
    const canLimit = spawnSync('prlimit', ['--version']).status === 0
    const world = await open({ shim: !canLimit })
    const limit = (soft: string) => {
      const { status, stderr } = spawnSync('prlimit', ['--pid', String(world.gateway.pid), `--fsize=${soft}:unlimited`])
      if (status !== 0) throw new Error(`prlimit: ${stderr}`)
    }
    figure('how', canLimit ? 'RLIMIT_FSIZE' : 'SQLITE_IOERR from the driver')
    const { writableMs, storedMs } = await degrade(world, run, {
      begin: async () => {
        if (canLimit) limit('0')
        else await world.gateway.order({ do: 'fail', which: 'writes', code: 'SQLITE_IOERR' })
      },
      end: async () => {
        if (canLimit) limit('unlimited')
        else await world.gateway.order({ do: 'heal' })
      },
      ms: quick ? 3_000 : random.int(5_000, 15_000),
      reason: /read or written/,
    })
    figure('writes again after', `${Math.round(writableMs)} ms`)
    figure('stored after', `${Math.round(storedMs)} ms`)
  },
}
