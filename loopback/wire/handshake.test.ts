import { createPrivateKey, createPublicKey } from 'node:crypto'
import { type KeyPair, proto } from '@whiskeysockets/baileys'
import { expect, test } from 'vitest'
import { makeServerIdentity } from './certificate.ts'
import { Handshake } from './handshake.ts'
import { isSignedBy } from './xeddsa.ts'

// Made by an independent implementation of Noise_XX_25519_AESGCM_SHA256 (Python, its cryptography package). Private keys: the
// client's ephemeral 01…01, the server's ephemeral 02…02 and static 03…03, the client's static 04…04; the certificate is the
// word "certificate", and the client's payload says username 1234.
const golden = {
  clientHello: '12220a20a4e09292b651c278b9772c569f5fa9bb13d906b46ab68c9df9dc2b4409f8a209',
  serverHello:
    '1a710a20ce8d3ad1ccb633ec7b70c17814a5c76ecd029685050d344745ba05870e587d591230fd776e5ac83278eaa8282906d9c8c8f268eac01a' +
    '9ef277646e51a8e2afdb1370b487f827f6f56d540f7e005d38b1c0821a1b603982b1af42d0d1db7f8e777c995a25b5a40d743a1a0977fc3f2d',
  clientFinish:
    '22470a3098b08948a4c0638806d85dee2d9aff0ccdee594e210d474dae3dfda2ae4a71f869db2eb278c11d3cd1866ad2a486990a121335980' +
    '2a911ca0c3b509cb3f59c682e36dbfb95',
  clientStatic: 'ac01b2209e86354fb853237b5de0f4fab13c7fcbf433a61c019369617fecf10b',
  up: '98c4c6bbde97ccda84463f8dddf62c6de59c',
  upAgain: 'efbe433fd6eb5cb852c65a55ff7a9d9ef102b32a6820db2b',
  down: 'aab17b6d9450cc08882a6edd1b077fff31c8d3dd',
}

function keyPair(byte: number): KeyPair {
  const privateKey = Buffer.alloc(32, byte)
  const der = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), privateKey])
  const publicKey = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
  return { private: privateKey, public: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32) }
}

function begin() {
  const identity = { rootPublicKey: Buffer.alloc(32), staticKey: keyPair(3), certificate: Buffer.from('certificate') }
  return new Handshake(identity, keyPair(2))
}

const bytesOf = (value: Uint8Array | null | undefined) => Buffer.from(value ?? [])
const fromHex = (hex: string) => Buffer.from(hex, 'hex')

test('the handshake is byte for byte that of another implementation', () => {
  const handshake = begin()
  expect(Buffer.from(handshake.answer(fromHex(golden.clientHello))).toString('hex')).toBe(golden.serverHello)
  const { payload, staticKey, cipher } = handshake.finish(fromHex(golden.clientFinish))
  expect(Number(payload.username)).toBe(1234)
  expect(staticKey.toString('hex')).toBe(golden.clientStatic)
  expect(cipher.open(fromHex(golden.up)).toString()).toBe('up')
  expect(cipher.open(fromHex(golden.upAgain)).toString()).toBe('up again')
  expect(cipher.seal(Buffer.from('down')).toString('hex')).toBe(golden.down)
})

test('a finish that was altered, or came out of order, is refused', () => {
  const handshake = begin()
  handshake.answer(fromHex(golden.clientHello))
  const altered = fromHex(golden.clientFinish)
  altered[20] = 0
  expect(() => handshake.finish(altered)).toThrow()
  expect(() => begin().answer(fromHex(golden.clientFinish))).toThrow('no client hello')
})

test('the certificate chain leads from the root to the static key', () => {
  const { rootPublicKey, staticKey, certificate } = makeServerIdentity()
  const { Details } = proto.CertChain.NoiseCertificate
  const { leaf, intermediate } = proto.CertChain.decode(certificate)
  const [leafBytes, intermediateBytes] = [bytesOf(leaf?.details), bytesOf(intermediate?.details)]
  const [leafDetails, intermediateDetails] = [Details.decode(leafBytes), Details.decode(intermediateBytes)]
  const now = Date.now() / 1000
  expect(isSignedBy(rootPublicKey, intermediateBytes, bytesOf(intermediate?.signature))).toBe(true)
  expect(isSignedBy(bytesOf(intermediateDetails.key), leafBytes, bytesOf(leaf?.signature))).toBe(true)
  expect(bytesOf(leafDetails.key)).toEqual(Buffer.from(staticKey.public))
  expect([intermediateDetails.issuerSerial, leafDetails.issuerSerial]).toEqual([0, intermediateDetails.serial])
  for (const { notBefore, notAfter } of [leafDetails, intermediateDetails]) {
    expect(Number(notBefore)).toBeLessThan(now)
    expect(Number(notAfter)).toBeGreaterThan(now)
  }
})
