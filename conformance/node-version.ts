/** The Node that the suite needs, told before anything is loaded that an older one cannot read. */

/** As `engines` in package.json says. */
const oldest = [22, 12] as const

/** @param version such as `20.20.2` @returns one line for the user; undefined when it will do */
export const nodeFault = (version: string): string | undefined => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return undefined
  return `Node ${oldest.join('.')} or newer is needed, and this is ${version}`
}
