import type { ContractProgram } from '../programs/contract.ts'
import type { Row } from '../row.ts'

/** Whether the contract may grow. */
export const routing: Row = {
  name: 'routing',
  title: 'routing and validation, all operations ÷ one',
  run: async (bench) => {
    const all = await bench.start<ContractProgram>('contract', 'server', 'all')
    const one = await bench.start<ContractProgram>('contract', 'server', 'one')
    const count = bench.quick ? 50_000 : 300_000
    // Until both are compiled as well as they will be.
    for (const program of [all, one]) await program.ask('requests', count)
    const rounds = await bench.interleave(
      () => all.ask('requests', count),
      () => one.ask('requests', count),
    )
    const title = `routing + validation: ${await all.ask('operations')} operations ÷ ${await one.ask('operations')}`
    return [{ title, unit: 'µs', budget: { atMost: 1.2 }, ...rounds }]
  },
}
