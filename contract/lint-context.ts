/** What Redocly hands to a rule, as far as ours use it. */
import type { Reference } from './document.ts'

/** The part of Redocly's rule context that is used here. */
export interface Context {
  location: Place
  report(problem: { message: string; location?: Place }): void
  /** A reference's target and the place of it; what is not a reference comes back as it is. */
  resolve<T>(node: T | Reference, from?: string): { node?: T; location?: Place }
}

export interface Place {
  source: { absoluteRef: string }
  child(path: string | string[]): Place
  key(): Place
}

export type Visitor<T> = (node: T, context: Context) => void
export type Rule = () => Record<string, unknown>
