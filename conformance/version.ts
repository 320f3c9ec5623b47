import packageFile from './package.json' with { type: 'json' }

/** Who judges. */
export const suite = { name: packageFile.name, version: packageFile.version }
