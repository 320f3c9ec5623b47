import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'

export interface Prism {
  /** Base URL, without the prefix: Prism serves the paths bare. */
  url: string
  close(): Promise<void>
}

const root = join(import.meta.dirname, '../..')
const readyMs = 30_000

/**
 * The mock, as `npm run mock` starts it, on a free port.
 * @param document another contract than the gateway's
 */
export const startPrism = async (document?: string): Promise<Prism> => {
  const port = await freePort()
  const of = document === undefined ? [] : ['--document', document]
  const child = spawn(process.execPath, ['scripts/mock.ts', '--port', String(port), ...of], { cwd: root })
  const exit = once(child, 'exit')
  await new Promise<void>((resolve, reject) => {
    let output = ''
    const deadline = setTimeout(() => reject(new Error(`Prism is not ready: ${output}`)), readyMs)
    const read = (chunk: Buffer) => {
      output += chunk
      if (!output.includes('Prism is listening')) return
      clearTimeout(deadline)
      resolve()
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    void exit.then(() => reject(new Error(`Prism ended: ${output}`)))
  })
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      child.kill('SIGTERM')
      await exit
    },
  }
}

/** For who can't choose one by itself. Between this and the start another process could take it; the start then fails loudly. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
