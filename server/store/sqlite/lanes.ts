/** Queues that take turns: one item of each lane, then the next of each. The items of a lane keep their order. */
export interface Lanes<T> {
  /** The first item of each lane, which is its oldest; in the order of turns. */
  heads(): Iterable<T>
  lengthOf(lane: string): number
  add(lane: string, item: T): void
  /** Requeues an item before the others of its lane, whose turn comes after that of all other lanes. */
  putBack(lane: string, item: T): void
  /**
   * Takes the first item of the lane whose turn it is.
   * @param fits called with that item; false = it stays, and so does the turn
   * @returns undefined when nothing waits, or it does not fit
   */
  take(fits: (item: T) => boolean): T | undefined
}

export const createLanes = <T>(): Lanes<T> => {
  /** In the order of turns; none is empty. */
  const lanes = new Map<string, T[]>()

  return {
    *heads() {
      for (const [head] of lanes.values()) if (head !== undefined) yield head
    },

    lengthOf: (lane) => lanes.get(lane)?.length ?? 0,

    add(lane, item) {
      const waiting = lanes.get(lane)
      if (waiting) waiting.push(item)
      else lanes.set(lane, [item])
    },

    putBack(lane, item) {
      const waiting = lanes.get(lane) ?? []
      lanes.delete(lane)
      lanes.set(lane, [item, ...waiting])
    },

    take(fits) {
      for (const [lane, waiting] of lanes) {
        const [item] = waiting
        if (item === undefined || !fits(item)) return undefined
        waiting.shift()
        // To the end of the map: the other lanes are next.
        lanes.delete(lane)
        if (waiting.length > 0) lanes.set(lane, waiting)
        return item
      }
      return undefined
    },
  }
}
