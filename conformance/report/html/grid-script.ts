/** What the grid can do beyond being read: search, and leave out what is alike everywhere. */
export const gridScript = `
const form = document.querySelector('#filter')
const { search, differs } = form.elements
const bodies = [...document.querySelectorAll('#cases tbody')]
const rows = [...document.querySelectorAll('#cases .row')]
const count = form.querySelector('output')
form.hidden = false

const apply = () => {
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean)
  let shown = 0
  for (const row of rows) {
    const text = row.textContent.toLowerCase()
    row.hidden = (differs.checked && !('differs' in row.dataset)) || !words.every((word) => text.includes(word))
    if (!row.hidden) shown++
  }
  for (const body of bodies) body.hidden = !body.querySelector('.row:not([hidden])')
  document.querySelector('#nothing').hidden = shown > 0
  count.value = shown === rows.length ? shown + ' cases' : shown + ' of ' + rows.length + ' cases'
}

form.addEventListener('submit', (event) => event.preventDefault())
form.addEventListener('input', apply)
form.addEventListener('reset', () => setTimeout(apply))
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== search && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault()
    search.focus()
  }
  if (event.key === 'Escape' && document.activeElement === search) form.reset()
})
apply()
`
