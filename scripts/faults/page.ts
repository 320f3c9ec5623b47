/** Writes docs/reliability.md from the records of runs. */
import type { Fault } from './fault.ts'
import { isSameRun, type Measured, type Run, runsIn } from './record.ts'

/** @param measured in the order of the faults */
export const reliabilityPage = (faults: readonly Fault[], measured: readonly Measured[]): string => {
  const broken = measured.filter((one) => one.broken.length > 0)
  return `# Reliability

## The promise

1. A message whose receipt has left for WhatsApp is in the store, exactly once, whatever happens to the process, the socket
   or the disk in between.
2. A step of the encryption's ratchet and what it decrypted are one commit: no crash leaves a message that can't be decrypted
   again and was never stored.
3. What is stored is shown in one order, in one chat for each person, with a right unread counter, whatever order WhatsApp
   delivered it in.
4. Where the gateway can't keep that promise (disk full, database locked), it tells WhatsApp nothing, says so in \`/readyz\`
   and in its metrics, answers 503 to what needs writing, goes on serving reads, and recovers by itself.
5. Whatever a contact, WhatsApp or the account's own phone sends concerns itself alone: it is left out, counted
   (\`parley_unreadable_total\`, by kind) and never tried forever; no session stops working for it, and the process does not end.

Should an error reach the process all the same, it is traced to the session in whose work it was thrown: that session connects anew,
after a pause that grows, and the others don't notice. Only an error of no session ends the process, with 1. The third such end
within ten minutes, an end for lack of memory in the JavaScript heap among them, starts the gateway without the session that was
last at work: it is \`failed\` and says so, for an hour or until \`:start\`. A kill, a power cut, the system's own out-of-memory
killer and a crash of native code can't be told from what an operator does, and count for nothing there; what is left for them is
that an entry which was read twice without coming back is set aside.

The promise holds against what is done below. It does not hold against the loss of the disk (\`npm run backup\` is for that), nor
for a message that WhatsApp's side never lets the session decrypt; such a message is shown as a placeholder.

## How it is tested

Each fault is done to the gateway as its users run it, a process of its own started by \`npm start\`'s command, with the real
client library, against the wire-level WhatsApp in \`loopback/\`, which delivers a message again until it is acknowledged and keeps
a ledger of each receipt. After each fault the same invariants are checked:

| | invariant |
|---|---|
| I1 | every message that WhatsApp will not deliver again is stored, once, with its text |
| I2 | no message is in two chats of one person, each says what was sent, and nobody is asked to send again what could be decrypted |
| I3 | every chat is read in one order, newest first, over all its pages |
| I4 | every answer of the API is one that the contract documents: status, headers, body |
| I5 | the process is alive, restarts in under 5 s, and stops with 0 when asked to |
| I6 | SQLite's \`integrity_check\` says ok |
| I7 | the log holds no text, token, key, name or number |

The control is a plain consumer of the same library (keys and messages in SQLite, \`synchronous=FULL\`, messages stored when
\`messages.upsert\` brings them), linked to the same account, told the same, treated the same. What it loses shows that the suite can
see the fault that it guards against.

## Measured

${measured.length} faults, ${broken.length === 0 ? 'all held' : `**${broken.length} did not hold**`}. This page is written by the runs; the same
random numbers come again with the same seed:

| run | commit | measured on | faults | took |
|---|---|---|---|---|
${runsIn(measured).map(runRow(measured)).join('\n')}

| | fault | how | what must hold | measured | control | |
|---|---|---|---|---|---|---|
${measured.map(row(faults)).join('\n')}
${broken.length === 0 ? '' : `\n## What did not hold\n\n${broken.map(details).join('\n')}\n`}`
}

const runRow = (measured: readonly Measured[]) => (run: Run) => {
  const own = measured.filter((one) => isSameRun(one.run, run))
  const seconds = own.reduce((sum, one) => sum + one.seconds, 0)
  const command = `npm run faults -- --seed ${run.seed}${own.length < measured.length ? ' --only …' : ''}`
  return `| \`${command}\` | ${run.commit ?? ''} | ${run.date}, ${run.machine} | ${own.length} | ${minutes(seconds)} |`
}

const row = (faults: readonly Fault[]) => (one: Measured) => {
  const { name = '', injection = '', promise = '' } = faults.find(({ id }) => id === one.id) ?? {}
  const verdict = one.broken.length === 0 ? `held (${one.checks} checks, seed ${one.run.seed})` : '**broken**'
  const cells = [one.id, name, injection, promise, words(one.figures), words(one.control), verdict]
  return `| ${cells.map(cell).join(' | ')} |`
}

const details = ({ id, broken }: Measured) => broken.map((text) => `- ${id}: ${cell(text)}`).join('\n')

const words = (list: Measured['figures']) => list.map(([name, value]) => `${name} ${value}`).join('; ')

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

const minutes = (seconds: number) => (seconds < 120 ? `${Math.round(seconds)} s` : `${(seconds / 60).toFixed(1)} min`)
