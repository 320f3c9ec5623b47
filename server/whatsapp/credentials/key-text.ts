import type { Baileys, SignalDataTypeMap } from '../library.ts'

/** How the dialect writes byte strings. */
const bytes = '"type":"Buffer"'

/** How credentials and keys are written down: JSON in the library's dialect. */
export type KeyText = ReturnType<typeof keyText>

export const keyText = ({ BufferJSON, proto }: Pick<Baileys, 'BufferJSON' | 'proto'>) => {
  const toJson = (value: unknown) => JSON.stringify(value, BufferJSON.replacer)
  return {
    toJson,
    keyToJson: (type: string, value: unknown) => {
      if (type === 'sender-key' && value instanceof Uint8Array) return toJson(readableSenderKey(value, toJson))
      // A session is written with each message and holds no bytes: without the library's dialect, JSON is much faster.
      const plain = type === 'session' ? JSON.stringify(value) : undefined
      return plain === undefined || plain.includes(bytes) ? toJson(value) : plain
    },
    parseKey: <T extends keyof SignalDataTypeMap>(type: T, json: string): SignalDataTypeMap[T] => {
      const value: unknown = json.includes(bytes) ? JSON.parse(json, BufferJSON.reviver) : JSON.parse(json)
      const key = type === 'app-state-sync-key' ? proto.Message.AppStateSyncKeyData.fromObject(value as object) : value
      return key as SignalDataTypeMap[T]
    },
  }
}

/**
 * A sender-key record is JSON in bytes, in which the library writes byte strings as arrays of numbers and can't read them back:
 * every group message that came out of order would be lost. As base64 it can.
 */
const readableSenderKey = (record: Uint8Array, toJson: (value: unknown) => string): Uint8Array => {
  try {
    return Buffer.from(toJson(JSON.parse(Buffer.from(record).toString())))
  } catch {
    return record
  }
}
