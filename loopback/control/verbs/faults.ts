import { isIq, MEDIA_FAULTS, type MediaFault } from '../../faults.ts'
import type { Loopback } from '../../loopback.ts'
import type { Companion } from '../../people/companion.ts'
import { node } from '../../wire/nodes.ts'
import { BadRequest, type Fields } from '../fields.ts'
import type { Verbs } from '../verb.ts'

/** Injected faults. */
export const faultVerbs: Verbs = {
  'POST /faults': (wa, fields) => {
    startFault(wa, fields)
    return {}
  },
  'DELETE /faults': (wa) => {
    wa.faults.clear()
    return {}
  },
}

function startFault(wa: Loopback, fields: Fields): void {
  const times = fields.optionalNumber('times')
  switch (fields.text('fault')) {
    case 'refuseUpgrades':
      wa.faults.refuseUpgrades(fields.choice('how', ['close', 'keep-open', 'silent']), times)
      return
    case 'iq': {
      const delayMs = fields.optionalNumber('delayMs')
      const action = delayMs === undefined ? 'ignore' : { delayMs }
      wa.faults.onIq(isIq(fields.text('xmlns'), fields.optionalText('tag')), action, times)
      return
    }
    case 'media':
      wa.faults.onMedia(() => true, mediaFault(fields), times)
      return
    case 'message': {
      const to = fields.optionalText('to')
      wa.faults.onMessage(
        ({ attrs }) => to === undefined || attrs.to === to,
        fields.optionalNumber('code') ?? 'ignore',
        times,
      )
      return
    }
    default:
      for (const companion of companionsOf(wa, fields)) startCompanionFault(companion, fields)
  }
}

function mediaFault(fields: Fields): MediaFault {
  const redirect = fields.optionalText('redirect')
  const status = fields.optionalNumber('status')
  return redirect === undefined ? (status ?? fields.choice('how', MEDIA_FAULTS)) : { redirect }
}

function startCompanionFault(companion: Companion, fields: Fields): void {
  switch (fields.text('fault')) {
    case 'streamError': {
      const code = fields.optionalText('code')
      const conflict = fields.optionalText('conflict')
      companion.streamError(
        { ...(code !== undefined && { code }) },
        conflict === undefined ? undefined : node('conflict', { type: conflict }),
      )
      return
    }
    case 'fail':
      companion.fail(fields.number('reason'))
      return
    case 'failNextLogin':
      companion.failNextLogin(fields.number('reason'))
      return
    case 'drop':
      companion.drop()
      return
    case 'closeSocket':
      companion.closeSocket()
      return
    case 'endStream':
      companion.endStream()
      return
    case 'silence':
      companion.silence()
      return
    case 'unlink':
      companion.unlink()
      return
    default:
      throw new BadRequest(`no fault is called ${fields.text('fault')}`)
  }
}

/** The named companion, or all companions of the named account. */
function companionsOf(wa: Loopback, fields: Fields): Companion[] {
  const jid = fields.optionalText('companion')
  const all = wa.accounts().flatMap((account) => [...account.companions.values()])
  const found =
    jid === undefined
      ? [...wa.account({ pn: fields.text('pn') }).companions.values()]
      : all.filter((companion) => companion.jid === jid || companion.lid === jid)
  if (found.length === 0) throw new Error('no such companion is linked')
  return found
}
