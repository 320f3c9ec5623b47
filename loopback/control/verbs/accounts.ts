import type { Account } from '../../people/account.ts'
import { MEDIA_RETRY_ANSWERS } from '../../people/media-retry.ts'
import { BadRequest } from '../fields.ts'
import type { Verbs } from '../verb.ts'

/** Accounts, groups, and the linking of clients. */
export const accountVerbs: Verbs = {
  'GET /accounts': (wa) => wa.accounts().map(accountView),
  'POST /accounts': (wa, fields) => {
    const lid = fields.optionalText('lid')
    const name = fields.optionalText('name')
    const options = { pn: fields.text('pn'), ...(lid !== undefined && { lid }), ...(name !== undefined && { name }) }
    const account = wa.account(options)
    const isMigrated = fields.optionalFlag('isMigrated')
    if (isMigrated !== undefined) account.isMigrated = isMigrated
    return accountView(account)
  },
  'POST /groups': (wa, fields) => {
    const members = fields.texts('members').map((pn) => wa.account({ pn }))
    const group = wa.group({
      subject: fields.text('subject'),
      members,
      admins: fields.optionalTexts('admins').map((pn) => wa.account({ pn })),
      byLid: fields.choice('by', ['lid', 'pn']) === 'lid',
      announceOnly: fields.flag('announceOnly'),
    })
    return { jid: group.jid }
  },
  'POST /members': (wa, fields) => {
    const group = wa.groups().find(({ jid }) => jid === fields.text('group'))
    if (!group) throw new BadRequest(`${fields.text('group')} is no group`)
    for (const pn of fields.optionalTexts('add')) group.add(wa.account({ pn }))
    for (const pn of fields.optionalTexts('remove')) group.remove(wa.account({ pn }))
    const announceOnly = fields.optionalFlag('announceOnly')
    if (announceOnly !== undefined) group.setAnnounceOnly(announceOnly)
    return { members: group.members.map(({ pn }) => pn), announceOnly: group.isAnnounceOnly }
  },
  'POST /migrations': async (wa, fields) => {
    await wa.account({ pn: fields.text('pn') }).migrate()
    return {}
  },
  'POST /restrictions': (wa, fields) => {
    const account = wa.account({ pn: fields.text('pn') })
    const until = fields.optionalNumber('until')
    const restriction = fields.optionalFlag('lifted') ? undefined : { ...(until !== undefined && { until }) }
    if (fields.optionalFlag('told') ?? true) account.restrict(restriction)
    else account.restriction = restriction
    return accountView(account)
  },
  'POST /phones': (wa, fields) => {
    const { phone } = wa.account({ pn: fields.text('pn') })
    phone.sendsDeliveryReceipts = fields.optionalFlag('sendsDeliveryReceipts') ?? phone.sendsDeliveryReceipts
    phone.sendsAgain = fields.optionalFlag('sendsAgain') ?? phone.sendsAgain
    phone.maxRetryRequests = fields.optionalNumber('maxRetryRequests') ?? phone.maxRetryRequests
    if (fields.optionalText('uploadsAgain')) phone.uploadsAgain = fields.choice('uploadsAgain', MEDIA_RETRY_ANSWERS)
    return {}
  },
  'POST /scan': async (wa, fields) => {
    const letIn = fields.choice('then', ['restart', 'letIn']) === 'letIn'
    const companion = await wa.account({ pn: fields.text('pn') }).phone.scanQR(fields.text('qr'), { letIn })
    return { companion: companion.jid }
  },
  'POST /code': async (wa, fields) => {
    const companion = await wa.account({ pn: fields.text('pn') }).phone.enterCode(fields.text('code'))
    return { companion: companion.jid }
  },
}

function accountView({ pn, lid, name, isMigrated, companions }: Account) {
  const linked = [...companions.values()].map((companion) => ({
    jid: companion.jid,
    lid: companion.lid,
    online: companion.isOnline,
    unacknowledged: companion.queue.size,
  }))
  return { pn, lid, name, ...(isMigrated !== undefined && { isMigrated }), companions: linked }
}
