/**
 * `npm run build`: what is published, in `dist`: JavaScript and types of the suite and of the generated contract files that it
 * reads, by plain `tsc`.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const here = import.meta.dirname
const tsc = createRequire(import.meta.url).resolve('typescript/lib/tsc.js')

// What is no longer made must not be published.
rmSync(join(here, 'dist'), { recursive: true, force: true })
copyFileSync(join(here, '../LICENSE'), join(here, 'LICENSE'))
const { status } = spawnSync(process.execPath, [tsc, '-p', join(here, 'tsconfig.build.json')], { stdio: 'inherit' })
process.exitCode = status ?? 1
