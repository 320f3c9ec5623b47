import type { Baileys, SignalDataTypeMap } from '../library.ts'

/** How the library's JSON dialect writes byte strings. */
const bytes = '"type":"Buffer"'

/** Serializes credentials and keys as JSON in the library's dialect. */
export type KeyText = ReturnType<typeof keyText>

export const keyText = ({ BufferJSON, proto }: Pick<Baileys, 'BufferJSON' | 'proto'>) => {
  const toJson = (value: unknown) => JSON.stringify(value, BufferJSON.replacer)
  return {
    toJson,
    keyToJson: (type: string, value: unknown) => {
      if (type === 'sender-key' && value instanceof Uint8Array) return toJson(readableSenderKey(value, toJson))
      // A Signal session is written with each message and contains no bytes: plain JSON is much faster than the dialect.
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
 * A sender-key record is JSON in bytes. The library writes its byte strings as arrays of numbers, which it cannot read back, so every
 * group message that arrives out of order would be lost. It can read base64.
 */
const readableSenderKey = (record: Uint8Array, toJson: (value: unknown) => string): Uint8Array => {
  try {
    return Buffer.from(toJson(JSON.parse(Buffer.from(record).toString())))
  } catch {
    return record
  }
}
