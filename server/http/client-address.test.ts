import { expect, test } from 'vitest'
import { isNetwork } from '../model/networks.ts'
import { createClientAddress } from './client-address.ts'

const from = (remoteAddress: string | undefined, forwarded?: string, proxies: string[] = []) =>
  createClientAddress(proxies)({
    socket: remoteAddress === undefined ? {} : { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  })

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8:1:3::9', '2001:db8:1:3::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ['', 'unknown'],
  [undefined, 'unknown'],
])('a connection from %j counts for %s', (address, expected) => {
  expect(from(address)).toBe(expected)
})

const proxies = ['10.0.0.0/8', '192.0.2.1', 'fd00::/8']

test.each([
  ['nobody is believed when no proxy is named', '10.0.0.1', '203.0.113.7', [], '10.0.0.1'],
  ['nor from a peer that is no proxy', '198.51.100.1', '203.0.113.7', proxies, '198.51.100.1'],
  ['a proxy is', '10.0.0.1', '203.0.113.7', proxies, '203.0.113.7'],
  ['over IPv6 too', 'fd00::1', '2001:db8:1:2::3', proxies, '2001:db8:1:2::/64'],
  ['and as IPv4 inside IPv6', '::ffff:10.0.0.1', '203.0.113.7', proxies, '203.0.113.7'],
  ['proxies in a row', '10.0.0.1', '203.0.113.7, 192.0.2.1,10.9.9.9', proxies, '203.0.113.7'],
  ['what stands before is anybody’s word', '10.0.0.1', '1.1.1.1, 203.0.113.7', proxies, '203.0.113.7'],
  ['a port is no part of it', '10.0.0.1', '203.0.113.7:4711', proxies, '203.0.113.7'],
  ['nor are brackets', '10.0.0.1', '[2001:db8:1:2::3]:4711', proxies, '2001:db8:1:2::/64'],
  ['a proxy that says nothing counts for itself', '10.0.0.1', undefined, proxies, '10.0.0.1'],
  ['so does one that says nonsense', '10.0.0.1', '203.0.113.7, unknown', proxies, '10.0.0.1'],
  ['and one that has only proxies before it', '10.0.0.1', '10.0.0.2', proxies, '10.0.0.2'],
])('%s', (_what, address, forwarded, trusted, expected) => {
  expect(from(address, forwarded, trusted)).toBe(expected)
})

test.each(['10.0.0.1', '10.0.0.0/8', '0.0.0.0/0', '::1', 'fd00::/8', '::/128'])('%s is a network', (text) => {
  expect(isNetwork(text)).toBe(true)
})

test.each([
  '',
  '10.0.0',
  '10.0.0.0/33',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  '::/129',
  'proxy',
  '*',
  '10.0.0.0/-1',
  '0.0.0.0/00',
])('%j is none', (text) => expect(isNetwork(text)).toBe(false))
