/** The command-line tools that generation calls, run on the Node that runs the script. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const root = fileURLToPath(new URL('..', import.meta.url))

const run = promisify(execFile)
const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', NO_COLOR: '1' }

/** Runs Redocly in the project's root. Rejects with its output when it fails. */
export const redocly = (...args: string[]) =>
  run(process.execPath, [`${root}/node_modules/@redocly/cli/bin/cli.js`, ...args], {
    cwd: root,
    env,
    maxBuffer: 64 * 2 ** 20,
  })

/** `text` as Biome would write a file of this name. */
export async function format(name: string, text: string): Promise<string> {
  // The path is outside generated/, which Biome is told to leave alone.
  const args = [`${root}/node_modules/@biomejs/biome/bin/biome`, 'format', `--stdin-file-path=${name}`]
  const formatting = run(process.execPath, args, { cwd: root, env, maxBuffer: 64 * 2 ** 20 })
  formatting.child.stdin?.end(text)
  return (await formatting).stdout
}
