/** URLs of webhooks that lead into networks which are not public, in every spelling of an address, and ports that no webhook may have. */
import { admittedCall, type Base, effectsOf, idOf, needsOf } from '../../base.ts'
import { each } from '../../each.ts'
import type { Row } from '../../table.ts'

/** 169.254.169.254 */
const metadata = [
  'http://2852039166/',
  'http://0xa9fea9fe/',
  'http://0xa9.0xfe.0xa9.0xfe/',
  'http://0251.0376.0251.0376/',
  'http://169.254.43518/',
  'http://169.254.169.254./',
  'http://[::ffff:169.254.169.254]/',
  'http://[::ffff:a9fe:a9fe]/',
  'http://[64:ff9b::a9fe:a9fe]/',
]

/** 10.0.0.1 */
const inside = [
  'http://10.0.0.1/',
  'http://167772161/',
  'http://0x0a000001/',
  'http://012.0.0.1/',
  'http://10.1/',
  'http://10.0.0.1.:8443/',
  'http://[::ffff:10.0.0.1]/',
  'http://[::ffff:a00:1]/',
]

const ports = [22, 25, 81, 1_023].map((port) => `http://example.com:${port}/`)

export const refusesUrls = (base: Base): Row[] => {
  const refuses = (
    variant: string,
    promise: string,
    urls: readonly string[],
    control: readonly string[] = [],
  ): Row => ({
    id: `400|422/validation_error/${variant}`,
    promise,
    needs: needsOf(base),
    effects: effectsOf(base),
    control: [idOf(base), ...control],
    live: true,
    checks: ['each'],
    run: async (context) => {
      const call = await admittedCall(base, context)
      const expected = {
        status: context.schemaViolation,
        code: 'validation_error',
        faultPlace: { pointer: '/body/url', isOfParent: false },
      }
      await each(
        context,
        'each',
        urls.map((url) => [`a webhook for ${url}`, () => context.send({ ...call, body: { url } }, expected)]),
      )
    },
  })
  return [
    refuses('url-of-metadata-respelt', "refuses the address of a cloud's metadata in every spelling", metadata, [
      idOf(base, '400|422/validation_error/url-of-metadata'),
    ]),
    refuses('url-not-public', 'refuses an address that is not public, in every spelling', inside),
    refuses('url-port', 'refuses ports below 1024 other than 80 and 443', ports),
  ]
}
