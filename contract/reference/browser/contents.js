// The contents mark what is being read, and close where they were opened.
const nav = document.querySelector('#contents')

const places = [...nav.querySelectorAll('li a')]
  .map((link) => ({ link, target: document.getElementById(decodeURIComponent(link.hash.slice(1))) }))
  .filter(({ target }) => target !== null)

/** As far below the window's upper edge as the eye begins to read. */
const readingLine = 120
let current

const isAbove = ({ target }) => target.getBoundingClientRect().top <= readingLine

/** The last one that has begun; they stand in the order of the page. */
const placeBeingRead = () => {
  let [low, high] = [0, places.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (isAbove(places[middle])) low = middle + 1
    else high = middle
  }
  return places[low - 1]
}

const mark = () => {
  const next = placeBeingRead()?.link
  if (next === current) return
  current?.removeAttribute('aria-current')
  current = next
  if (next === undefined) return
  next.setAttribute('aria-current', 'true')
  const group = next.closest('details')
  if (group !== null) group.open = true
  const { top, bottom } = next.getBoundingClientRect()
  const frame = nav.getBoundingClientRect()
  if (top < frame.top || bottom > frame.bottom) nav.scrollTop += top - frame.top - frame.height / 3
}

let isDue = false
const markSoon = () => {
  if (isDue) return
  isDue = true
  requestAnimationFrame(() => {
    isDue = false
    mark()
  })
}
addEventListener('scroll', markSoon, { passive: true })
addEventListener('resize', markSoon)
mark()

let isOpenedHere = false
document.querySelector('a[href="#contents"]').addEventListener('click', () => {
  isOpenedHere = true
})
const close = (event) => {
  if (!isOpenedHere || location.hash !== '#contents') return
  event.preventDefault()
  isOpenedHere = false
  history.back()
}
nav.querySelector('.close').addEventListener('click', close)
addEventListener('keydown', (event) => {
  if (event.key === 'Escape') close(event)
})
