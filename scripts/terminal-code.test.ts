import { expect, test } from 'vitest'
import { terminalCode } from './terminal-code.ts'

const code = `https://wa.me/settings/linked_devices#2@${'x'.repeat(180)}`

test('for a terminal that is too low for the code, the height that it needs is printed', async () => {
  const low = await terminalCode(code, { rows: 24 })
  // And the line of the cursor.
  const needed = low.split('\n').length + 1
  expect(low).toContain(`make the terminal ${needed} lines high; it has 24`)
  expect(needed).toBeGreaterThan(24)
})

test.each([100, undefined])('with %s rows nothing is said', async (rows) => {
  const text = await terminalCode(code, { rows })
  expect(text).not.toContain('lines high')
  expect(text).toMatch(/Linked devices › Link a device\.$/)
})
