import { MEDIA_KINDS } from '../../media/blob.ts'
import { attachmentIn, type FileAbout } from '../../people/attachments.ts'
import type { Fields } from '../fields.ts'
import { receiver, sender } from '../people.ts'
import type { Verbs } from '../verb.ts'

/** Files in messages, and the media hosts. */
export const fileVerbs: Verbs = {
  'POST /files': async (wa, fields) => {
    const { phone } = sender(wa, fields)
    const bytes = Buffer.from(fields.text('data'), 'base64')
    const kind = fields.choice('kind', MEDIA_KINDS)
    return { id: await phone.sendFile(receiver(wa, fields), kind, bytes, aboutOf(fields)) }
  },
  'POST /files/removals': (wa, fields) => {
    const shown = wa.account({ pn: fields.text('pn') }).phone.screen.find(fields.text('id'))
    const attachment = shown?.message && attachmentIn(shown.message)
    if (!attachment) throw new Error(`this phone shows no file of a message ${fields.text('id')}`)
    wa.media.remove(attachment.reference.directPath)
    return {}
  },
  'POST /hosts': ({ hosts }, fields) => {
    const names = fields.optionalTexts('names')
    if (names.length > 0 || fields.flag('none')) hosts.names = names
    hosts.ttlSeconds = fields.optionalNumber('ttlSeconds') ?? hosts.ttlSeconds
    hosts.maxBytes = fields.optionalNumber('maxBytes') ?? hosts.maxBytes
    if (fields.flag('expire')) hosts.expire()
    return { names: hosts.names, ttlSeconds: hosts.ttlSeconds, maxBytes: hosts.maxBytes }
  },
}

function aboutOf(fields: Fields): FileAbout {
  const texts = ['mimetype', 'caption', 'fileName'].map((name) => [name, fields.optionalText(name)])
  const numbers = ['seconds', 'width', 'height'].map((name) => [name, fields.optionalNumber(name)])
  const given = [...texts, ...numbers, ['voice', fields.optionalFlag('voice')]].filter(
    ([, value]) => value !== undefined,
  )
  return Object.fromEntries(given)
}
