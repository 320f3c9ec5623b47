/** What sessions of other organizations can do to one. */
import { expect, test } from 'vitest'
import {
  connection,
  connectionsOf,
  inSupervisor,
  keep,
  me,
  open,
  pairedRow,
  pass,
  seconds,
  supervisor,
  whatsapp,
} from './test-supervisor.ts'

inSupervisor()

/** Each of these sessions is restarted again and again, until `stop` is called. */
const restartAgainAndAgain = (ids: string[]) => {
  let going = true
  const restart = async (id: string) => {
    while (going) {
      await supervisor.restart(id)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  const ended = Promise.all(ids.map(restart))
  return () => {
    going = false
    return ended
  }
}

test('a tenant that restarts its sessions all the time does not keep others from connecting or reconnecting', async () => {
  const { waJid: _unpaired, ...unpaired } = pairedRow('', { status: 'stopped', wanted: false })
  const many = Array.from({ length: 120 }, (_, n) => ({ ...unpaired, id: `sess_a${n}`, organizationId: 'org_a' }))
  keep(
    ...many,
    pairedRow('sess_dropped', { organizationId: 'org_b' }),
    pairedRow('sess_started', { organizationId: 'org_b', status: 'stopped', wanted: false }),
  )
  await open()
  supervisor.resume()
  await pass(1 * seconds)
  connection('sess_dropped').open(me)
  await pass(31 * seconds)

  const stop = restartAgainAndAgain(many.map(({ id }) => id))
  await pass(10 * seconds)
  connection('sess_dropped').closed('lost')
  await supervisor.start('sess_started')
  await pass(1 * seconds)
  expect(connectionsOf('sess_started')).toBe(1)
  // Half a second of that is the back-off.
  await pass(1 * seconds)
  expect(connectionsOf('sess_dropped')).toBe(2)
  // Nobody is shut out, the one that asks for so much neither.
  expect(whatsapp.connections.filter(({ sessionId }) => sessionId.startsWith('sess_a')).length).toBeGreaterThan(30)
  const stopped = stop()
  await pass(1 * seconds)
  await stopped
})
