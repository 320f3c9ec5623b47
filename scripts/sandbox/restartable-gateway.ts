/** The sandbox's gateway, which can be started again on the same data, at the same port. */
import type { Logger } from 'pino'
import { readConfig } from '../../server/config.ts'
import { type Running, type StartOptions, startGateway } from '../../server/start.ts'

export interface RestartableGateway {
  /** Base URL with the prefix. */
  url: string
  /** What it was started with: enough to start it again on the same data. */
  env: Record<string, string>
  /** The gateway that runs at present. */
  running(): Running
  /** Stops it and starts it again. */
  restart(): Promise<void>
  close(): Promise<void>
}

export const startRestartable = async (
  env: Record<string, string>,
  log: Logger,
  options: StartOptions,
): Promise<RestartableGateway> => {
  let running = await startGateway(readConfig(env), log, options)
  const { url } = running
  const pinned = { ...env, PORT: new URL(url).port }
  return {
    url,
    env: pinned,
    running: () => running,
    restart: async () => {
      await running.close()
      running = await startGateway(readConfig(pinned), log, options)
    },
    close: () => running.close(),
  }
}
