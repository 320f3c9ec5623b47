/** All faults, in the order of their numbers. */
import { killLive } from './f01-kill-live.ts'
import { dropInReplay } from './f03-drop-in-replay.ts'
import type { Fault } from './fault.ts'

export const faults: readonly Fault[] = [killLive, dropInReplay]
