/** Servers that compare texts where addresses are to be compared, or look at no port. */
import { type Asked, insteadOf, on, withMembers } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const urlIn = ({ body }: Asked) => String((body as { url?: unknown } | undefined)?.url ?? '')

/** Takes URLs of some form, whatever is behind them. */
const takes = (name: string, fault: string, variants: readonly string[], form: RegExp): Mutant => ({
  id: `webhook-urls/${name}`,
  fault,
  killedBy: variants.flatMap((variant) =>
    ['createWebhook', 'updateWebhook'].map((id) => `${id}/400|422/validation_error/${variant}`),
  ),
  because: /^a webhook for http\S+: answered 20\d instead of/,
  make: () =>
    on(
      ['createWebhook', 'updateWebhook'],
      insteadOf([400, 422], (asked, ask) =>
        ask(form.test(urlIn(asked)) ? withMembers(asked, () => ({ url: 'https://example.com/' })) : asked),
      ),
    ),
})

const [metadata, inside] = ['url-of-metadata-respelt', 'url-not-public']

export const webhookUrls: readonly Mutant[] = [
  takes('decimal', 'takes a number for the name of a host', [metadata, inside], /^http:\/\/\d+\/$/),
  takes('hexadecimal', 'takes an address in hexadecimal digits for a name', [metadata, inside], /^http:\/\/0x/),
  takes('octal', 'takes an address in octal digits for a public one', [metadata, inside], /^http:\/\/0\d+\./),
  takes(
    'short',
    'takes an address of fewer than four parts for a name',
    [metadata, inside],
    /^http:\/\/(169\.254\.43518|10\.1)\//,
  ),
  takes('dot-after', 'takes an address with a dot after it for a name', [metadata, inside], /\d\.(:\d+)?\/$/),
  takes('mapped', 'does not look for an IPv4 address in one of IPv6', [metadata, inside], /\[::ffff:/),
  takes('translated', 'does not know the prefix that translates IPv4 addresses', [metadata], /\[64:ff9b::/),
  takes('networks-of-ten', 'refuses the metadata of clouds only', [inside], /^http:\/\/10\.0\.0\.1\/$/),
  takes('any-port', 'looks at no port', ['url-port'], /^http:\/\/example\.com:/),
  takes('system-ports', 'takes each port but those of mail and of a shell', ['url-port'], /:(81|1023)\/$/),
]
