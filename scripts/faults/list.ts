/** All faults, in the order of their numbers. */
import { killLive } from './f01-kill-live.ts'
import { killInReplay } from './f02-kill-in-replay.ts'
import { dropInReplay } from './f03-drop-in-replay.ts'
import { killBetweenCommits } from './f04-kill-between-commits.ts'
import { tornCredentials } from './f05-torn-credentials.ts'
import { diskFull } from './f06-disk-full.ts'
import { ioError } from './f07-io-error.ts'
import { locked } from './f08-locked.ts'
import type { Fault } from './fault.ts'

export const faults: readonly Fault[] = [
  killLive,
  killInReplay,
  dropInReplay,
  killBetweenCommits,
  tornCredentials,
  diskFull,
  ioError,
  locked,
]
