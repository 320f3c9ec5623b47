import type { StoreAloneProgram, StoreCall } from '../programs/store-alone.ts'
import { figureOf, type Row } from '../row.ts'

/** Each with the number of times that it is called in a round, and what its figure says. */
const calls: [call: StoreCall, count: number, title: string][] = [
  ['liveMessage', 500, 'a live message, one a commit'],
  ['hundredMessages', 20, '100 messages, one commit'],
  ['key', 500, 'a key and a journal entry, one commit'],
  ['page', 500, 'a page of 50 messages'],
]

/** What the two drivers of the database cost, whichever the gateway uses. */
export const drivers: Row = {
  name: 'drivers',
  title: 'calls of the store: processor time with node:sqlite ÷ with npm sqlite3',
  run: async (bench) => {
    const [ours, reference] = [
      await bench.start<StoreAloneProgram>('store-alone', 'server', await bench.folder(), 'node:sqlite'),
      await bench.start<StoreAloneProgram>('store-alone', 'server', await bench.folder(), 'sqlite3'),
    ]
    const figures = []
    for (const [call, most, title] of calls) {
      const count = bench.quick ? Math.ceil(most / 10) : most
      const costs = await bench.interleave(
        () => ours.ask('cost', { call, count }),
        () => reference.ask('cost', { call, count }),
      )
      figures.push(figureOf(costs, (cost) => cost, { title: `${title}: CPU, node:sqlite ÷ npm sqlite3`, unit: 'µs' }))
    }
    return figures
  },
}
