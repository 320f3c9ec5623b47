/**
 * `npm run conformance:mock -- [options of conformance run]`: the suite against the contract's own mock. Starts Prism on a
 * free port, judges it with its list of known deviations, writes the report to out/conformance-mock, and ends Prism.
 * Exits as the suite does.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'
import { startPrism } from '../test/support/prism.ts'

const root = join(import.meta.dirname, '..')
const targets = join(root, 'conformance/targets')

const main = async (args: string[]): Promise<number> => {
  const folder = await mkdtemp(join(tmpdir(), 'conformance-mock-'))
  const prism = await startPrism()
  try {
    const file = join(folder, 'target.json')
    await writeFile(file, JSON.stringify(await targetAt(prism.url)))
    // What is given counts more than what stands before it.
    return await judge('--target', file, '--report', join(root, 'out/conformance-mock'), ...args)
  } finally {
    await prism.close()
    await rm(folder, { recursive: true })
  }
}

/** The described mock, on the port that was free. */
const targetAt = async (baseUrl: string) => {
  const target = parse(await readFile(join(targets, 'mock.yaml'), 'utf8'))
  return { ...target, baseUrl, baseline: resolve(targets, target.baseline) }
}

const judge = async (...args: string[]): Promise<number> => {
  const child = spawn(process.execPath, [join(root, 'conformance/cli.ts'), ...args], { stdio: 'inherit' })
  // Without the verdict there is nothing to wait for: Prism is ended as after any run.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal))
  const [code] = await once(child, 'exit')
  return code ?? 2
}

process.exitCode = await main(process.argv.slice(2))
