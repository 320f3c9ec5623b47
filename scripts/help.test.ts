import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }

/** Of npm's scripts, those of this project: the formatter is somebody else's. */
const own = Object.entries(scripts).filter(([, command]) => command.includes('node '))

test('every command says with --help what it does, and does nothing', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-help-'))
  try {
    const said = await Promise.all(
      own.map(async ([name, command]) => {
        const [, args = ''] = command.split(/(?:^|&& )node (?!scripts\/check-setup)/)
        const run = promisify(execFile)(process.execPath, [...args.split(' '), '--help'], {
          cwd: root,
          env: { ...process.env, DATA_DIR: join(dataDir, name), PORT: '0' },
        })
        const { stdout, stderr } = await run
        return [name, /npm |usage/.test(stdout), stderr]
      }),
    )
    expect(said).toEqual(own.map(([name]) => [name, true, '']))
    expect(await readdir(dataDir)).toEqual([])
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
})
