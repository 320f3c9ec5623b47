import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { expect, test } from 'vitest'

/** In a process of its own: it is about its standard error, and its end. */
const program = `
  import { setTimeout as pause } from 'node:timers/promises'
  import { createLog } from './server/process/log.ts'
  const log = createLog('info')
  for (let n = 0; n < 3; n += 1) {
    log.info('a line')
    await pause(20)
  }
  log.fatal('the last')
  process.exit(0)
`

// Only Linux has a file on a disk that is always full.
test.runIf(process.platform === 'linux')(
  'a log on a disk that is full neither ends the process nor holds it',
  async () => {
    const full = await open('/dev/full', 'w')
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'ignore', full.fd],
      timeout: 20_000,
      killSignal: 'SIGKILL',
    })
    const [code, signal] = await once(child, 'exit')
    await full.close()
    expect({ code, signal }).toEqual({ code: 0, signal: null })
  },
)
