import QRCode from 'qrcode'

/**
 * A QR code as text for a terminal, and under it what to do with it.
 * @param terminal `rows` absent: it is no terminal, and of any height
 */
export const terminalCode = async (code: string, { rows }: { rows?: number | undefined } = {}): Promise<string> => {
  const picture = await QRCode.toString(code, { type: 'terminal', small: true })
  const words = 'On the phone: WhatsApp › Settings › Linked devices › Link a device.'
  // The picture, both lines of words, and the line of the cursor.
  const needed = picture.trimEnd().split('\n').length + 3
  const hint = `If its top is cut off, make the terminal ${needed} lines high; it has ${rows}.`
  return `${picture.trimEnd()}\n${rows !== undefined && rows < needed ? `${hint}\n` : ''}${words}`
}
