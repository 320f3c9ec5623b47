/** Status and headers of an answer. */
import type { Context } from 'koa'

export interface Head {
  status: number
  /** Without those that are undefined. */
  headers?: Readonly<Record<string, unknown>> | undefined
}

export const begin = (ctx: Context, { status, headers = {} }: Head): void => {
  ctx.status = status
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) ctx.set(name, String(value))
}
