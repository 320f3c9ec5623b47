/** The parameter of one statement: all bytes, with the start (1 = the first byte) and length of each value. */
export interface ByteGroup<T> {
  group: T[]
  all: Buffer
  cuts: [start: number, length: number][]
}

/** The most bytes of one statement, because the database copies them. */
const mostBytes = 4 * 1024 * 1024

/**
 * Groups values for a statement that cuts them out of one blob: writing long values as JSON takes 1.5 times as long, and more with many
 * escapes. In order; each group has at most 4 MiB, or one value.
 */
export function* byteGroups<T extends { bytes: Buffer }>(values: Iterable<T>): Generator<ByteGroup<T>> {
  let group: T[] = []
  let length = 0
  for (const value of values) {
    if (group.length > 0 && length + value.bytes.length > mostBytes) {
      yield cut(group)
      group = []
      length = 0
    }
    group.push(value)
    length += value.bytes.length
  }
  if (group.length > 0) yield cut(group)
}

const cut = <T extends { bytes: Buffer }>(group: T[]): ByteGroup<T> => {
  let end = 1
  const cuts = group.map(({ bytes: { length } }): [number, number] => {
    end += length
    return [end - length, length]
  })
  return { group, all: Buffer.concat(group.map(({ bytes }) => bytes)), cuts }
}
