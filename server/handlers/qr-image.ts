import QRCode from 'qrcode'

export type ImageType = 'image/png' | 'image/svg+xml'

/** A QR code as a picture, dark on white with the quiet zone that scanners need. */
export const qrImage = async (text: string, type: ImageType): Promise<Buffer> =>
  type === 'image/png'
    ? QRCode.toBuffer(text, { type: 'png', width: 512, margin: 4 })
    : Buffer.from(await QRCode.toString(text, { type: 'svg', margin: 4 }))
