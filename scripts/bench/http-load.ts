/** An HTTP server under load, seen from both sides. */
import type { Child, Common } from './process.ts'
import type { Loaded, LoadOrder, LoadProgram } from './programs/load.ts'
import type { Bench } from './row.ts'

export interface Served extends Loaded {
  /** Processor time that the server took for a request, µs: its whole process, so threads of the database too. */
  cpuPerRequest: number
}

export type Order = Omit<LoadOrder, 'connections' | 'ms'>

export interface HttpLoad {
  /** Of any server. */
  drive(order: Order): Promise<Loaded>
  /** Without warming up: the server gets exactly the requests that are counted. @param atATime default 16 */
  driveCold(order: Order, atATime?: number): Promise<Loaded>
  /** Of one of our programs. */
  measure(server: Child<Common>, order: Order): Promise<Served>
}

/** Enough to keep the server busy, few enough that requests don't queue for long. */
const connections = 16
const warmUpMs = 300

/** For the length that the run has for one side, after a moment of warming up. */
export const httpLoad = async (bench: Bench): Promise<HttpLoad> => {
  const load = await bench.start<LoadProgram>('load', 'load')
  const warmUp = (order: Order) => load.ask('load', { ...order, connections, ms: warmUpMs })
  const driveCold = (order: Order, atATime = connections) =>
    load.ask('load', { ...order, connections: atATime, ms: bench.loadMs })
  return {
    driveCold,
    drive: async (order) => {
      await warmUp(order)
      return driveCold(order)
    },
    measure: async (server, order) => {
      await warmUp(order)
      const before = await server.ask('cpu')
      const loaded = await driveCold(order)
      return { ...loaded, cpuPerRequest: ((await server.ask('cpu')) - before) / loaded.requests }
    },
  }
}
