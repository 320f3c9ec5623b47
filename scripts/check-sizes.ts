/**
 * No function of the server is longer than can be read at once, and no file. Prints each that is and exits 1. Tests are free.
 * `node scripts/check-sizes.ts`
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'

/** Lines. */
const most = { ofFunction: 120, ofFile: 350 }

/** What is too long in one file, each as `file` or `file function`, with its lines. */
export const tooLong = (file: string, source: string): { name: string; lines: number }[] => {
  const parsed = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true)
  const lineAt = (position: number) => parsed.getLineAndCharacterOfPosition(position).line
  const found: { name: string; lines: number }[] = []
  const lines = source.split('\n').length - 1
  if (lines > most.ofFile) found.push({ name: file, lines })
  const visit = (node: ts.Node) => {
    if (ts.isFunctionLike(node)) {
      const lines = lineAt(node.end) - lineAt(node.getStart()) + 1
      if (lines > most.ofFunction) found.push({ name: `${file} ${nameOf(node)}`, lines })
    }
    ts.forEachChild(node, visit)
  }
  visit(parsed)
  return found
}

const nameOf = (node: ts.SignatureDeclaration): string => {
  if (node.name) return node.name.getText()
  const { parent } = node
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) ? parent.name.getText() : 'without a name'
}

const isTest = (name: string) => /\.(test|test-d|behaviour)\.ts$|^test-/.test(name)

if (import.meta.main) {
  const root = join(import.meta.dirname, '..')
  const files = readdirSync(join(root, 'server'), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !isTest(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
  const found = files.flatMap((file) => tooLong(file, readFileSync(join(root, file), 'utf8')))
  for (const { name, lines } of found) console.error(`${name}: ${lines} lines`)
  console.log(`${files.length} files of the server, ${found.length} too long`)
  process.exitCode = found.length === 0 ? 0 : 1
}
