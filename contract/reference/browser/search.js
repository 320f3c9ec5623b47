// Search in what the page says; nothing is asked of a server.
const dialog = document.querySelector('#search')
const input = dialog.querySelector('input')
const list = dialog.querySelector('ul')
const status = dialog.querySelector('[role=status]')
const most = 40

/** What comes first among equals. */
const order = ['operation', 'schema', 'event', 'guide', 'member']

const textOf = (section) =>
  [...(section.matches('.operation') ? section.querySelectorAll('.told') : [section])]
    .map(({ textContent }) => textContent)
    .join(' ')
    .toLowerCase()

const sectionEntry = (section) => {
  const { find: kind, words } = section.dataset
  const title = section.querySelector('h2, h3').textContent
  return { kind, title, note: words === title ? '' : words, id: section.id, text: textOf(section) }
}

/** `createSession.body.label` is `label`, of `createSession.body`. */
const memberEntry = (member) => {
  const cut = member.id.lastIndexOf('.')
  const [title, note] = [member.id.slice(cut + 1), member.id.slice(0, cut)]
  return { kind: 'member', title, note, id: member.id, text: member.textContent.toLowerCase() }
}

let index
const entries = () => {
  index ??= [
    ...[...document.querySelectorAll('[data-find]')].map(sectionEntry),
    ...[...document.querySelectorAll('.members > [id]')].map(memberEntry),
  ]
  return index
}

/** How well an entry answers, the less the better; undefined where it does not. */
const rank = ({ kind, title, note, text }, asked, words) => {
  const name = title.toLowerCase()
  const head = `${name} ${note.toLowerCase()}`
  const bonus = order.indexOf(kind) / order.length
  if (name === asked || note.toLowerCase().split(' ').includes(asked)) return bonus
  if (name.startsWith(asked)) return 1 + bonus
  if (words.every((word) => head.includes(word))) return 2 + bonus
  if (words.every((word) => text.includes(word))) return 4 + bonus
  return undefined
}

const found = (asked) => {
  const words = asked.split(/\s+/)
  return entries()
    .map((entry) => ({ ...entry, rank: rank(entry, asked, words) }))
    .filter((entry) => entry.rank !== undefined)
    .sort((one, other) => one.rank - other.rank)
}

const line = ({ kind, title, note, id }) => {
  const link = document.createElement('a')
  link.href = `#${encodeURIComponent(id)}`
  for (const [name, text] of [
    ['kind', kind],
    ['title', title],
    ['note', note],
  ]) {
    const part = document.createElement('span')
    part.className = name
    part.textContent = text
    link.append(part, ' ')
  }
  const item = document.createElement('li')
  item.append(link)
  return item
}

const show = () => {
  const asked = input.value.trim().toLowerCase()
  const results = asked === '' ? [] : found(asked)
  list.replaceChildren(...results.slice(0, most).map(line))
  const count = results.length > most ? `the first ${most} of ${results.length}` : results.length
  status.textContent = asked === '' ? '' : results.length === 0 ? 'Nothing found' : `Found: ${count}`
}

const open = () => {
  if (dialog.open) return
  dialog.showModal()
  input.select()
}

input.addEventListener('input', show)
for (const button of document.querySelectorAll('[data-search]')) {
  button.hidden = false
  button.addEventListener('click', open)
}

addEventListener('keydown', (event) => {
  const isTyping = event.target.closest?.('input, textarea, [contenteditable]')
  if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return
  event.preventDefault()
  open()
})

/** Arrow keys walk from the field through the results and back. */
dialog.addEventListener('keydown', (event) => {
  const links = [...list.querySelectorAll('a')]
  const stops = [input, ...links]
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step !== undefined) {
    const next = stops[stops.indexOf(document.activeElement) + step]
    if (next === undefined) return
    event.preventDefault()
    next.focus()
  }
  // Otherwise the field would take the first one to empty itself.
  if (event.key === 'Escape') dialog.close()
  if (event.key === 'Enter' && document.activeElement === input) {
    event.preventDefault()
    links[0]?.click()
  }
})

list.addEventListener('click', (event) => {
  if (event.target.closest('a')) dialog.close()
})
dialog.addEventListener('click', (event) => {
  if (event.target === dialog) dialog.close()
})
