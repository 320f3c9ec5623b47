/** Every page of a list, in each language. */
import { type Call, variablesOf } from './call.ts'
import { type Language, textPanel } from './panel.ts'

/** The programs, by language. @param call to the list's first page */
export const pagingSamples = (call: Call): Record<Language, string> => ({
  curl: curl(call),
  JavaScript: javascript(call),
  Python: python(call),
})

/** @param title what the samples do. @param call to the list's first page */
export const pagingPanel = (title: string, call: Call): string =>
  textPanel(title, Object.entries(pagingSamples(call)) as [Language, string][])

const filled = ({ path }: Call, left: string, right: string) =>
  path.replace(/\{([A-Z]+)\}/g, (_whole, name) => left + name + right)

const curl = (call: Call) => `LIST="$PARLEY${filled(call, '$', '')}"
curl "$LIST" \\
  -H "Authorization: Bearer $TOKEN"
# with nextCursor of each answer, until it is null:
curl "$LIST?cursor=$CURSOR" \\
  -H "Authorization: Bearer $TOKEN"`

const javascript = (call: Call) => `const { ${variablesOf(call).join(', ')} } = process.env

const url = new URL(\`\${PARLEY}${filled(call, '${', '}')}\`)
const headers = { Authorization: \`Bearer \${TOKEN}\` }
let cursor
do {
  if (cursor) url.searchParams.set('cursor', cursor)
  const page = await (await fetch(url, { headers })).json()
  for (const entry of page.data) console.log(entry)
  cursor = page.nextCursor
} while (cursor !== null)`

const python = (call: Call) => `from os import environ as env
import requests

url = f"{env['PARLEY']}${filled(call, "{env['", "']}")}"
headers = {"Authorization": f"Bearer {env['TOKEN']}"}
cursor = None
while True:
    page = requests.get(url, headers=headers, params={"cursor": cursor}).json()
    for entry in page["data"]:
        print(entry)
    cursor = page["nextCursor"]
    if cursor is None:
        break`
