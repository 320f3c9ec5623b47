import { createRequire } from 'node:module'

// By the package's own name: the file is the same whether this one runs as it is or built.
const packageFile = createRequire(import.meta.url)('@parley/conformance/package.json') as {
  name: string
  version: string
}

/** Who judges. */
export const suite = { name: packageFile.name, version: packageFile.version }
