import type { Account } from '../../people/account.ts'
import type { Verbs } from '../verb.ts'

/** Accounts, groups, and the linking of clients. */
export const accountVerbs: Verbs = {
  'GET /accounts': (wa) => wa.accounts().map(accountView),
  'POST /accounts': (wa, fields) => {
    const lid = fields.optionalText('lid')
    const name = fields.optionalText('name')
    const options = { pn: fields.text('pn'), ...(lid !== undefined && { lid }), ...(name !== undefined && { name }) }
    return accountView(wa.account(options))
  },
  'POST /groups': (wa, fields) => {
    const members = fields.texts('members').map((pn) => wa.account({ pn }))
    const group = wa.group({
      subject: fields.text('subject'),
      members,
      byLid: fields.choice('by', ['lid', 'pn']) === 'lid',
    })
    return { jid: group.jid }
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

function accountView({ pn, lid, name, companions }: Account) {
  const linked = [...companions.values()].map((companion) => ({
    jid: companion.jid,
    lid: companion.lid,
    online: companion.isOnline,
    unacknowledged: companion.queue.size,
  }))
  return { pn, lid, name, companions: linked }
}
