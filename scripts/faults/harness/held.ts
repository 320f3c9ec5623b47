import type { World } from './world.ts'

/**
 * Bytes of the gateway that are left when its garbage is collected: heap and what hangs on it. Takes the shim, and Node's
 * `--expose-gc`.
 */
export const heldBy = async (world: World): Promise<number> => {
  await world.gateway.order({ do: 'collect' })
  const { text } = await world.page('/metrics')
  const metric = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  return metric('nodejs_heap_size_used_bytes') + metric('nodejs_external_memory_bytes')
}
