/** A fault: how it is injected into the gateway, and what is measured meanwhile. */
import type { Random } from './harness/random.ts'
import type { World, WorldOptions } from './harness/world.ts'

export interface Fault {
  /** `F01`. */
  id: string
  name: string
  /** How it is injected, in a sentence for the table. */
  injection: string
  /** What must hold besides the invariants, in a sentence for the table. */
  promise: string
  /** Injects it, measures, and ends what it has started itself; worlds are judged and ended after it. */
  run(run: FaultRun): Promise<void>
}

/** What a fault gets for one run. */
export interface FaultRun {
  /** Short form: enough to show that fault and checks work. */
  quick: boolean
  /** Reproducible random numbers: the same for the same seed. */
  random: Random
  /** Prints progress. */
  say(text: string): void
  /** Starts a WhatsApp, a gateway and people. After the fault they are judged by the invariants and ended. */
  open(options?: WorldOptions): Promise<World>
  /** Judges a world now instead of after the fault. */
  judge(world: World): Promise<void>
  /** A figure for the table. */
  figure(name: string, value: number | string): void
  /** A figure of the control: what a plain consumer did in the same run. */
  control(name: string, value: number | string): void
  /** A check. `words` describe it, with the evidence. */
  check(holds: boolean, words: string): void
  /** Checks that it happened in time. The short form, which runs next to other work, allows five times as long. */
  inTime(ms: number | undefined, limitMs: number): boolean
}
