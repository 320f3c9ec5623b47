/**
 * Groups of files each of which imports, over others, itself.
 * @param imports file → the files that it imports
 * @returns each group in alphabetical order, none of a single file that does not import itself; a file is in one group at most
 */
export const cyclesIn = (imports: ReadonlyMap<string, readonly string[]>): string[][] => {
  const visits = new Map<string, Visit>()
  const path: string[] = []
  const cycles: string[][] = []

  // Tarjan: `lowest` is the earliest file on the path that can be reached from here. Where that is the file itself, what lies
  // behind it on the path is one group.
  const visit = (file: string): Visit => {
    const here: Visit = { order: visits.size, lowest: visits.size, isOnPath: true }
    visits.set(file, here)
    path.push(file)
    for (const target of imports.get(file) ?? []) {
      const known = visits.get(target)
      if (known === undefined) here.lowest = Math.min(here.lowest, visit(target).lowest)
      else if (known.isOnPath) here.lowest = Math.min(here.lowest, known.order)
    }
    if (here.lowest === here.order) close(file)
    return here
  }

  const close = (file: string) => {
    const group = path.splice(path.indexOf(file))
    for (const member of group) Object.assign(visits.get(member) ?? {}, { isOnPath: false })
    if (group.length > 1 || imports.get(file)?.includes(file)) cycles.push(group.toSorted())
  }

  for (const file of imports.keys()) if (!visits.has(file)) visit(file)
  return cycles
}

interface Visit {
  order: number
  lowest: number
  isOnPath: boolean
}
