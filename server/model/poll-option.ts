import { createHash } from 'node:crypto'

/** How votes name an option of a poll: its SHA-256, 32 bytes. */
export const optionHash = (name: string): Buffer => createHash('sha256').update(name).digest()
