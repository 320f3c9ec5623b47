import {
  isIq,
  MEDIA_FAULTS,
  type MediaFault,
  type MessageAction,
  UPLOAD_FAULTS,
  type UploadFault,
} from '../../faults.ts'
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
  'POST /acks': (wa) => {
    wa.faults.releaseAcks()
    return {}
  },
  'POST /repeats': (wa, fields) => {
    const policy = fields.choice('policy', ['deliver', 'drop', 'refuse'])
    wa.repeats.policy = policy === 'refuse' ? fields.number('code') : policy
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
      const code = fields.optionalNumber('code')
      const action = delayMs !== undefined ? { delayMs } : code !== undefined ? { error: code } : ('ignore' as const)
      wa.faults.onIq(isIq(fields.text('xmlns'), fields.optionalText('tag')), action, times)
      return
    }
    case 'media':
      wa.faults.onMedia(() => true, mediaFault(fields), times)
      return
    case 'upload': {
      const host = fields.optionalText('host')
      wa.faults.onUpload((name) => host === undefined || name === host, uploadFault(fields), times)
      return
    }
    case 'message': {
      const to = fields.optionalText('to')
      wa.faults.onMessage(({ attrs }) => to === undefined || attrs.to === to, messageAction(fields), times)
      return
    }
    case 'arrival': {
      const [pn, id] = [fields.optionalText('pn'), fields.optionalText('id')]
      const phone = pn === undefined ? undefined : wa.account({ pn }).pn
      const fits = (at: string, messageId: string) =>
        (phone === undefined || phone === at) && (id === undefined || id === messageId)
      wa.faults.onArrival(fits, times)
      return
    }
    default:
      for (const companion of companionsOf(wa, fields)) startCompanionFault(companion, fields)
  }
}

function messageAction(fields: Fields): MessageAction {
  const delayMs = fields.optionalNumber('delayMs')
  if (delayMs !== undefined) return { delayMs }
  return (
    fields.optionalNumber('code') ??
    fields.choice<'ignore' | 'lose-ack' | 'hold-ack'>('how', ['ignore', 'lose-ack', 'hold-ack'])
  )
}

function uploadFault(fields: Fields): UploadFault {
  const answer = fields.optionalText('answer')
  return answer === undefined ? (fields.optionalNumber('status') ?? fields.choice('how', UPLOAD_FAULTS)) : { answer }
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
