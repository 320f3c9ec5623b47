/** NOTICE names what npm installs under a licence that asks something of whoever distributes it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const read = (name: string) => readFileSync(join(import.meta.dirname, '..', name), 'utf8')

const copyleft = /\b(A?GPL|LGPL|MPL|EPL|CDDL|EUPL|OSL|CPL|SSPL|CC-BY-SA)(-[\w.-]+)?/g

/** Name and copyleft licence of every package that may be installed, on whatever machine. */
const installed = () => {
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, { license?: string }> }
  return Object.entries(packages).flatMap(([path, { license = '' }]) =>
    [...license.matchAll(copyleft)].map(([licence]) => ({ name: path.replace(/^.*node_modules\//, ''), licence })),
  )
}

/** Lines such as `- @img/sharp-*: LGPL-3.0-or-later.`; a star stands for what follows. */
const named = [...read('NOTICE').matchAll(/^- (\S+?)(\*?): ([\w.-]+?)\.(?:\s|$)/gm)].map(
  ([, name = '', star, licence]) => ({
    matches: (other: { name: string; licence: string }) =>
      other.licence === licence && (star === '*' ? other.name.startsWith(name) : other.name === name),
    name,
  }),
)

test('each such package is named, with its licence', () => {
  const missing = installed().filter((one) => !named.some(({ matches }) => matches(one)))
  expect(missing).toEqual([])
})

test('none is named that is not installed', () => {
  expect(named.length).toBeGreaterThan(0)
  expect(named.filter(({ matches }) => !installed().some(matches)).map(({ name }) => name)).toEqual([])
})
