/**
 * `npm run conformance:mock -- [options of conformance run]`: the suite against the contract's own mock. Starts it on a free
 * port, judges it, writes the report to out/conformance-mock, and ends it.
 * Exits as the suite does.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { startMock } from './mock/server.ts'

const root = join(import.meta.dirname, '..')

const main = async (args: string[]): Promise<number> => {
  const folder = await mkdtemp(join(tmpdir(), 'conformance-mock-'))
  const mock = await startMock({ port: 0 })
  try {
    const file = join(folder, 'target.json')
    await writeFile(file, JSON.stringify(await targetAt(mock.url)))
    // What is given counts more than what stands before it.
    return await judge('--target', file, '--report', join(root, 'out/conformance-mock'), ...args)
  } finally {
    await mock.close()
    await rm(folder, { recursive: true })
  }
}

/** The described mock, on the port that was free. */
const targetAt = async (baseUrl: string) => {
  const target = parse(await readFile(join(root, 'conformance/targets/mock.yaml'), 'utf8'))
  return { ...target, baseUrl }
}

const judge = async (...args: string[]): Promise<number> => {
  const child = spawn(process.execPath, [join(root, 'conformance/cli.ts'), ...args], { stdio: 'inherit' })
  // Without the verdict there is nothing to wait for: the mock is ended as after any run.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal))
  const [code] = await once(child, 'exit')
  return code ?? 2
}

process.exitCode = await main(process.argv.slice(2))
