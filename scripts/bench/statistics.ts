/** Middle and ends of a handful of measurements. */

export interface Spread {
  median: number
  min: number
  max: number
}

/** @param values at least one, in any order */
export const spreadOf = (values: readonly number[]): Spread => ({
  median: percentile(values, 0.5),
  min: Math.min(...values),
  max: Math.max(...values),
})

/**
 * @param values at least one, in any order
 * @param share 0.5 is the median; between two values it is interpolated
 */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = Float64Array.from(values).sort()
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)]
  const above = sorted[Math.ceil(place)]
  if (below === undefined || above === undefined) throw new Error('no values to take a percentile of')
  return below + (above - below) * (place - Math.floor(place))
}
