import type { Fault } from './fault.ts'
import { degrade } from './harness/degraded.ts'
import { openSmallDisk } from './harness/small-disk.ts'
import type { WorldOptions } from './harness/world.ts'

export const diskFull: Fault = {
  id: 'F06',
  name: 'disk full',
  injection:
    'the file system that holds the database (a tmpfs of 64 MB, in a namespace of its own) is filled to the last page while messages arrive, and freed; where there are no namespaces the driver says SQLITE_FULL',
  promise: 'nothing receipted, /readyz 503 and why, writes 503, reads 200, recovery in under 5 s by itself',
  async run(run) {
    const { quick, random, open, figure } = run
    const disk = await openSmallDisk(64)
    try {
      const options: WorldOptions = disk ? { dataDir: disk.path, wrapper: disk.wrapper } : { shim: true }
      const world = await open(options)
      figure('how', disk ? 'a full tmpfs' : 'SQLITE_FULL from the driver')
      const rounds = quick ? 1 : 3
      for (let round = 0; round < rounds; round += 1) {
        const { writableMs, storedMs } = await degrade(world, run, {
          begin: () => (disk ? disk.fill() : world.gateway.order({ do: 'fail', which: 'writes', code: 'SQLITE_FULL' })),
          end: () => (disk ? disk.free() : world.gateway.order({ do: 'heal' })),
          ms: quick ? 3_000 : random.int(3_000, 15_000),
          reason: /full/,
        })
        figure(`round ${round + 1}: writes again after`, `${Math.round(writableMs)} ms`)
        figure('stored after', `${Math.round(storedMs)} ms`)
      }
      await run.judge(world)
    } finally {
      await disk?.close()
    }
  },
}
