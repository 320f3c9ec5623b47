/** `npm run compare-signatures`: random signatures, judged by the package curve25519/ and by the one that it replaces. */
import { parseArgs } from 'node:util'
import { difference } from '../curve25519/test-original.ts'

const usage = `npm run compare-signatures -- [options]

  --count N   how many signatures (default 100000, which takes about 20 minutes)
  --help      this text

Exit code 1 at the first signature that the two judge differently; it is printed.`

const { values } = parseArgs({
  options: { count: { type: 'string', default: '100000' }, help: { type: 'boolean', short: 'h', default: false } },
})
const count = Number(values.count)

if (values.help) console.log(usage)
else if (!Number.isInteger(count) || count < 1) {
  console.error(`compare-signatures: --count takes a number from 1 on, not ${values.count}`)
  process.exitCode = 2
} else {
  for (let turn = 0; turn < count && process.exitCode === undefined; turn++) {
    const found = difference(turn)
    if (found !== undefined) {
      console.error(found)
      process.exitCode = 1
    }
  }
  if (process.exitCode === undefined) console.log(`${count} signatures are judged alike`)
}
