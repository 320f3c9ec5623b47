/** What a fault is: how it is done to the gateway, and what is measured while it lasts. */
import type { Random } from './harness/random.ts'
import type { World, WorldOptions } from './harness/world.ts'

export interface Fault {
  /** `F01`. */
  id: string
  name: string
  /** How it is done, in a sentence for the table. */
  injection: string
  /** What must hold besides the invariants, in a sentence for the table. */
  promise: string
  /** Does it, measures, and ends everything that it started itself; worlds are ended and judged for it. */
  run(run: FaultRun): Promise<void>
}

/** What a fault is given for one run. */
export interface FaultRun {
  /** Short: enough to see that fault and promise work. */
  quick: boolean
  /** Numbers that come again with the same seed. */
  random: Random
  /** Tells a person who waits. */
  say(text: string): void
  /** A WhatsApp, a gateway and people. Judged by the invariants and ended when the fault has run. */
  open(options?: WorldOptions): Promise<World>
  /** Judges a world now, where it can't wait until the fault has run. */
  judge(world: World): Promise<void>
  /** A figure for the table. */
  figure(name: string, value: number | string): void
  /** A figure of the control: what a plain consumer did in the same run. */
  control(name: string, value: number | string): void
  /** One thing that must hold. `words` say it, with the evidence. */
  check(holds: boolean, words: string): void
  /** Whether it happened, and in under so long. The short form, which runs beside other work, gives it five times that. */
  inTime(ms: number | undefined, limitMs: number): boolean
}
