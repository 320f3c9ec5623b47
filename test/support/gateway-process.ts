/** The gateway as its users run it: a process of its own, started by `npm start`'s command, that can be killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { bareEnv } from './bare-env.ts'

export interface GatewayProcess {
  /** Base URL with the prefix. */
  url: string
  /** Everything it has printed, both streams. */
  output(): string
  /** @returns exit code, or the signal's name */
  kill(signal: NodeJS.Signals): Promise<number | string>
}

const root = join(import.meta.dirname, '../..')
const readyMs = 50_000

/**
 * Resolves when it listens.
 * @throws with what it printed when it ends instead
 */
export const startGatewayProcess = async (
  env: Record<string, string>,
  nodeArgs: string[] = [],
): Promise<GatewayProcess> => {
  const child = spawn(process.execPath, [...nodeArgs, 'server/main.ts'], {
    cwd: root,
    env: { ...bareEnv, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const url = await new Promise<string>((resolve, reject) => {
    const deadline = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`not ready in ${readyMs} ms: ${output}`))
    }, readyMs)
    const read = (chunk: Buffer) => {
      output += chunk
      const found = /API\s+(http\S+)/.exec(output)?.[1]
      if (found === undefined) return
      clearTimeout(deadline)
      resolve(found)
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('exit', (code) => {
      clearTimeout(deadline)
      reject(new Error(`ended with ${code}: ${output}`))
    })
  })
  return { url, output: () => output, kill: (signal) => end(child, signal) }
}

const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<number | string> => {
  if (child.exitCode !== null) return child.exitCode
  if (child.signalCode !== null) return child.signalCode
  const exit = once(child, 'exit')
  child.kill(signal)
  const [code, by] = await exit
  return code ?? by
}
