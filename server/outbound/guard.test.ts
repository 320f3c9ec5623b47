/** The table of addresses that lead inside, as callers write them. */
import { describe, expect, test, vi } from 'vitest'
import { OutboundFailure } from '../ports/outbound.ts'
import { createGuard, type Resolve } from './guard.ts'

const names: Record<string, string[]> = {
  'example.com': ['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'],
  'example.com.': ['93.184.215.14'],
  // A resolver treats upper case, a dot at the end and punycode like this.
  'xn--bcher-kva.example': ['93.184.215.15'],
  'private.example': ['10.1.2.3'],
  'mixed.example': ['93.184.215.14', 'fd00::7'],
  'mapped.example': ['::ffff:192.168.1.1'],
  localhost: ['127.0.0.1', '::1'],
  'localhost.': ['127.0.0.1'],
  'a.localhost': ['127.0.0.1'],
  'metadata.google.internal': ['169.254.169.254'],
  'printer.local': ['192.168.1.9'],
  'empty.example': [],
}

const resolve: Resolve = async (host) => {
  const found = names[host]
  if (found === undefined) throw new Error(`ENOTFOUND ${host}`)
  return found
}

const guard = createGuard({ allowed: [], resolve })

/** What becomes of an address: where it may connect to, or why not. */
const judged = (url: string, { admit } = guard) =>
  admit(url).then(
    ({ addresses }) => addresses,
    (error: unknown) => (error instanceof OutboundFailure ? error.kind : error),
  )

describe('an address that is not public is refused', () => {
  test.each([
    ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '0', '0.0.0.0', '127.255.255.255'],
    ...['167772161', '0x0a000001', '012.0.0.1', '10.1', '10.0.0.1.', '[::ffff:10.0.0.1]'],
    ...['2852039166', '0xa9fea9fe', '0xa9.0xfe.0xa9.0xfe', '0251.0376.0251.0376', '169.254.43518', '169.254.169.254.'],
    ...['[::ffff:169.254.169.254]', '[::ffff:a9fe:a9fe]', '[64:ff9b::a9fe:a9fe]'],
    ...['%31%32%37.0.0.1', '１２７.0.0.1', '127.0.0.1.', '127。0。0。1'],
    ...['10.0.0.0', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', '100.64.0.1', '100.127.255.255'],
    ...[
      '169.254.169.254',
      '169.254.170.2',
      '100.100.100.200',
      '192.0.0.192',
      '192.0.2.1',
      '198.51.100.1',
      '203.0.113.1',
    ],
    ...['198.18.0.1', '198.19.255.255', '192.88.99.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
    ...[
      '[::1]',
      '[::]',
      '[::7f00:1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[::ffff:a00:1]',
      '[0:0:0:0:0:ffff:10.0.0.1]',
    ],
    ...[
      '[64:ff9b::7f00:1]',
      '[64:ff9b::10.0.0.1]',
      '[64:ff9b:1::1]',
      '[2002:7f00:1::]',
      '[2001:0:1::1]',
      '[2001:db8::1]',
    ],
    ...[
      '[fc00::1]',
      '[fd00:ec2::254]',
      '[fe80::1]',
      '[febf::1]',
      '[fec0::1]',
      '[ff02::1]',
      '[100::1]',
      '[3fff::1]',
      '[5f00::1]',
    ],
    ...['localhost', 'LOCALHOST', 'localhost.', 'a.localhost', 'private.example', 'PRIVATE.example', 'mixed.example'],
    ...['mapped.example', 'metadata.google.internal', 'printer.local'],
  ])('%s', async (host) => {
    expect(await judged(`http://${host}/`)).toBe('refused')
    expect(await judged(`https://${host}:8443/a?b#c`)).toBe('refused')
  })
})

test.each([
  ['http://example.com/menu.jpg', names['example.com']],
  ['https://EXAMPLE.com:443/', names['example.com']],
  ['https://example.com:1024/', names['example.com']],
  ['https://example.com./', names['example.com.']],
  ['http://bücher.example/', names['xn--bcher-kva.example']],
  ['http://93.184.215.14/', ['93.184.215.14']],
  ['http://[2606:4700::1111]:8080/', ['2606:4700::1111']],
  ['http://[64:ff9b::5db8:d70e]/', ['64:ff9b::5db8:d70e']],
  ['http://[::ffff:93.184.215.14]/', ['::ffff:5db8:d70e']],
  // The nearest neighbours of private networks.
  ...['9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0'].map(itself),
  ...['169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.167.255.255', '192.169.0.0'].map(itself),
  ...['198.17.255.255', '198.20.0.0', '223.255.255.255', '1.0.0.0'].map(itself),
])('%s is public', async (url, addresses) => expect(await judged(url)).toEqual(addresses))

function itself(address: string): [string, string[]] {
  return [`http://${address}/`, [address]]
}

test.each([
  ...['', 'example.com', '//example.com', '/menu.jpg', 'http:', 'http://', 'http:///', 'https://?', 'nonsense'],
  ...['ftp://example.com/', 'gopher://example.com/', 'file:///etc/passwd', 'data:text/plain,a', 'javascript:alert(1)'],
  ...['unix:/run/docker.sock', 'ws://example.com/', 'blob:http://example.com/a', 'http+unix://a/b'],
  ...['http://user@example.com/', 'http://user:pass@example.com/', 'http://:pass@example.com/'],
  ...['http://example.com@127.0.0.1/', 'http://127.0.0.1#@example.com/', 'http://127.0.0.1\\@example.com/'],
  ...['http://example.com\\a', ' http://example.com/', 'http://example.com/\n', 'http://exa\tmple.com/', 'http://a b/'],
  ...[
    'http://example.com/\u0000',
    'http://example.com/\u2028',
    'http://[fe80::1%25lo]/',
    'http://[::1',
    'http://1.2.3.4.5/',
  ],
  ...['http://.', 'http://..', 'http://example..com/', 'http://.example.com/', 'https://example.com../'],
  ...[`http://${'a'.repeat(64)}.example/`, `http://${'a.'.repeat(127)}com/`],
  ...['http://256.0.0.1/', 'http://example.com:0/', 'http://example.com:22/', 'http://example.com:25/'],
  ...[
    'http://example.com:81/',
    'http://example.com:1023/',
    'http://example.com:65536/',
    `http://example.com/${'a'.repeat(3_000)}`,
  ],
])('%j is no address to fetch', async (url) => expect(await judged(url)).toBe('refused'))

test.each(['http://unknown.example/', 'http://empty.example/'])('%s has no host', async (url) =>
  expect(await judged(url)).toBe('unreachable'),
)

test('a name is looked up once, so that a second answer cannot replace the checked one', async () => {
  const answers = [['93.184.215.14'], ['127.0.0.1']]
  const rebinding = vi.fn(async () => answers.shift() ?? [])
  expect(await judged('http://rebinding.example/', createGuard({ allowed: [], resolve: rebinding }))).toEqual([
    '93.184.215.14',
  ])
  expect(rebinding).toHaveBeenCalledOnce()
})

test('a network that the operator allows is connected to, and no other', async () => {
  const loose = createGuard({ allowed: ['127.0.0.0/8', 'fd00::/8'], resolve })
  expect(await judged('http://127.0.0.1:3000/', loose)).toEqual(['127.0.0.1'])
  expect(await judged('http://[::ffff:127.0.0.1]/', loose)).toEqual(['::ffff:7f00:1'])
  expect(await judged('http://[fd12::1]/', loose)).toEqual(['fd12::1'])
  expect(await judged('http://mixed.example/', loose)).toEqual(names['mixed.example'])
  expect(await judged('http://example.com/', loose)).toEqual(names['example.com'])
  for (const url of ['http://10.0.0.1/', 'http://[::1]/', 'http://localhost/', 'http://[64:ff9b::7f00:1]/'])
    expect(await judged(url, loose)).toBe('refused')
})

test('what a caller is told has no address that it did not give', async () => {
  await expect(guard.admit('http://private.example/')).rejects.toThrow('it leads to an address that is not public')
})
