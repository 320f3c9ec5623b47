/** All faults, in the order of their numbers. */
import { killLive } from './f01-kill-live.ts'
import { killInReplay } from './f02-kill-in-replay.ts'
import { dropInReplay } from './f03-drop-in-replay.ts'
import { killBetweenCommits } from './f04-kill-between-commits.ts'
import type { Fault } from './fault.ts'

export const faults: readonly Fault[] = [killLive, killInReplay, dropInReplay, killBetweenCommits]
