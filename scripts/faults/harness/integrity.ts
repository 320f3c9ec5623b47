/** `node integrity.ts FILE`: prints what SQLite finds wrong with it, or `ok`. */
import { DatabaseSync } from 'node:sqlite'

const [file = ''] = process.argv.slice(2)
const database = new DatabaseSync(file)
const findings = database.prepare('PRAGMA integrity_check').all() as { integrity_check: string }[]
database.close()
console.log(findings.map(({ integrity_check }) => integrity_check).join('; '))
