/**
 * Each exported name of the ground floor and the ports has a docstring, and so has each member of what it exports. Prints what has
 * none and exits 1.
 * `node scripts/check-docstrings.ts`
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

/**
 * What a file exports without a docstring: exported names, members of exported interfaces, public members of exported classes but
 * for their constructors.
 * @param source TypeScript
 * @returns `name` or `Name.member`, in the file's order
 */
export const undocumented = (source: string): string[] => {
  const file = ts.createSourceFile('file.ts', source, ts.ScriptTarget.Latest, true)
  return file.statements.filter(isExported).flatMap((statement) => {
    const own = isDocumented(statement) ? [] : namesOf(statement)
    return [...own, ...membersOf(statement)]
  })
}

const isExported = (statement: ts.Statement) =>
  ts.isExportDeclaration(statement) ||
  (ts.canHaveModifiers(statement) && hasModifier(statement, ts.SyntaxKind.ExportKeyword))

const hasModifier = (node: ts.HasModifiers, ...kinds: ts.SyntaxKind[]) =>
  ts.getModifiers(node)?.some(({ kind }) => kinds.includes(kind)) === true

const isDocumented = (node: ts.Node) =>
  ts.getJSDocCommentsAndTags(node).some((doc) => ts.isJSDoc(doc) && doc.getText().replace(/[\s/*]/g, '') !== '')

const namesOf = (statement: ts.Statement): string[] => {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name.getText())
  if (ts.isExportDeclaration(statement)) return [statement.exportClause?.getText() ?? '*']
  const { name } = statement as ts.DeclarationStatement
  return [name?.getText() ?? 'default']
}

const membersOf = (statement: ts.Statement): string[] => {
  if (!ts.isInterfaceDeclaration(statement) && !ts.isClassDeclaration(statement)) return []
  const members: ts.NodeArray<ts.TypeElement | ts.ClassElement> = statement.members
  return members
    .filter((member) => member.name !== undefined && isPublic(member) && !isDocumented(member))
    .map((member) => `${statement.name?.getText()}.${member.name?.getText()}`)
}

/** What is overridden is documented where it comes from. */
const isPublic = (member: ts.TypeElement | ts.ClassElement) =>
  !(member.name !== undefined && ts.isPrivateIdentifier(member.name)) &&
  !(
    ts.canHaveModifiers(member) &&
    hasModifier(member, ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword, ts.SyntaxKind.OverrideKeyword)
  )

if (import.meta.main) {
  const root = join(import.meta.dirname, '..')
  const files = globSync('server/{model,ports}/**/*.ts', { cwd: root }).filter((file) => !file.endsWith('.test.ts'))
  const found = files.flatMap((file) =>
    undocumented(readFileSync(join(root, file), 'utf8')).map((name) => `${file}: ${name} has no docstring`),
  )
  for (const line of found) console.error(line)
  console.log(`${files.length} files, ${found.length} names without a docstring`)
  process.exitCode = found.length === 0 && files.length > 0 ? 0 : 1
}
