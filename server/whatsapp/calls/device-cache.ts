/** The devices of people, for the library, which asks WhatsApp when they are not here. Those for which it gives no keys are left out. */
import { jidDevice } from './jid-device.ts'

/** A device, as the library has it. */
export interface Device {
  user: string
  /** Absent for a phone, too. */
  device?: number
}

export interface DeviceCache {
  get(user: string): Device[] | undefined
  set(user: string, devices: Device[]): void
  del(user: string): void
  flushAll(): void
  /** Leaves a device out for an hour: WhatsApp has no keys of it. */
  leaveOut(jid: string): void
}

/** The library's own time: WhatsApp reports changes to it, but not all. */
const keptMs = 5 * 60_000
const leftOutMs = 60 * 60_000
/** The most people; the oldest are evicted. */
const maxUsers = 5_000

/**
 * @param own the account's addresses with the number of this device: nothing is encrypted for itself
 * @param clock epoch ms
 */
export const createDeviceCache = (own: () => readonly (string | undefined)[], clock: () => number): DeviceCache => {
  const users = new Map<string, { devices: Device[]; until: number }>()
  const leftOut = new Map<string, number>()

  const isUsable = (device: Device) => {
    const key = keyOf(device)
    if (own().some((jid) => jid !== undefined && jidDevice(jid) === key)) return false
    return (leftOut.get(key) ?? 0) <= clock()
  }

  return {
    get(user) {
      const found = users.get(user)
      return found === undefined || found.until <= clock() ? undefined : found.devices.filter(isUsable)
    },
    set(user, devices) {
      users.delete(user)
      users.set(user, { devices, until: clock() + keptMs })
      const [oldest] = users.keys()
      if (oldest !== undefined && users.size > maxUsers) users.delete(oldest)
    },
    del: (user) => void users.delete(user),
    flushAll: () => users.clear(),
    leaveOut: (jid) => void leftOut.set(jidDevice(jid), clock() + leftOutMs),
  }
}

const keyOf = ({ user, device = 0 }: Device) => `${user}:${device}`
