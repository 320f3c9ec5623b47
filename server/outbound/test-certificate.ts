/** X.509 certificates for servers of tests, made when they are needed so that none expires in the repository. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** A certificate with its key, both PEM. */
export interface Certificate {
  cert: string
  key: string
  /** What signs others with it. */
  authority: Authority
}

interface Authority {
  name: string
  privateKey: KeyObject
}

export interface CertificateOptions {
  /** Of the subject; in a server's certificate its host name, too. */
  name: string
  /** Default: it signs itself. */
  by?: Authority
  /** Epoch milliseconds; default: an hour from now. */
  expiresAt?: number
  /** It may sign others. */
  isAuthority?: boolean
}

const hourMs = 3_600_000

export const certificate = ({ name, by, expiresAt, isAuthority = false }: CertificateOptions): Certificate => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const authority = { name, privateKey }
  const until = expiresAt ?? Date.now() + hourMs
  const signed = tagged(
    0x30,
    tagged(0xa0, tagged(0x02, Buffer.of(2))),
    tagged(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    ecdsaWithSha256,
    nameOf((by ?? authority).name),
    tagged(0x30, time(until - 24 * hourMs), time(until)),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, tagged(0x30, isAuthority ? signsOthers : hostName(name))),
  )
  const signature = sign('sha256', signed, (by ?? authority).privateKey)
  const whole = tagged(0x30, signed, ecdsaWithSha256, tagged(0x03, Buffer.of(0), signature))
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${whole.toString('base64')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    authority,
  }
}

/** ASN.1 in DER: tag, length, content. */
const tagged = (tag: number, ...parts: Buffer[]): Buffer => {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.of(tag, ...size), content])
}

const oid = (hex: string) => tagged(0x06, Buffer.from(hex, 'hex'))
const ecdsaWithSha256 = tagged(0x30, oid('2a8648ce3d040302'))
const nameOf = (name: string) =>
  tagged(0x30, tagged(0x31, tagged(0x30, oid('550403'), tagged(0x0c, Buffer.from(name)))))
const time = (at: number) => tagged(0x18, Buffer.from(`${new Date(at).toISOString().replace(/[-:T]|\.\d+/g, '')}`))
const hostName = (name: string) =>
  tagged(0x30, oid('551d11'), tagged(0x04, tagged(0x30, tagged(0x82, Buffer.from(name)))))
const signsOthers = tagged(
  0x30,
  oid('551d13'),
  tagged(0x01, Buffer.of(0xff)),
  tagged(0x04, tagged(0x30, tagged(0x01, Buffer.of(0xff)))),
)
