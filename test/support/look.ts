/** What is measured in a page, as expressions that a browser evaluates. */

/** How much wider the page is than the window, in pixels. */
export const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

/** Opens whatever can be opened. */
export const openAll = 'document.querySelectorAll("details").forEach((one) => { one.open = true })'

/**
 * Every visible text that is hard to read: its contrast with what lies behind it, as WCAG counts it, is below 4.5, or below 3
 * where the text is large. Gives `"text" ratio` for each, at most ten.
 */
export const poorContrasts = `(() => {
  const channels = (colour) => {
    const [red, green, blue, alpha = 1] = colour.match(/[\\d.]+/g).map(Number)
    return { rgb: [red, green, blue], alpha }
  }
  const over = ({ rgb, alpha }, behind) => rgb.map((value, index) => value * alpha + behind[index] * (1 - alpha))
  const light = (rgb) => {
    const [red, green, blue] = rgb.map((value) => {
      const share = value / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const behind = new Map()
  const backgroundOf = (element) => {
    if (element === null) return [255, 255, 255]
    if (!behind.has(element))
      behind.set(element, over(channels(getComputedStyle(element).backgroundColor), backgroundOf(element.parentElement)))
    return behind.get(element)
  }
  const seen = new Set()
  const poor = []
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (texts.nextNode() && poor.length < 10) {
    const text = texts.currentNode.data.trim()
    const element = texts.currentNode.parentElement
    if (text === '' || seen.has(element) || !element.checkVisibility({ visibilityProperty: true })) continue
    seen.add(element)
    const style = getComputedStyle(element)
    const background = backgroundOf(element)
    const [one, other] = [light(over(channels(style.color), background)), light(background)]
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
    const size = parseFloat(style.fontSize)
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700)
    if (ratio < (large ? 3 : 4.5)) poor.push(JSON.stringify(text.slice(0, 40)) + ' ' + ratio.toFixed(2))
  }
  return poor
})()`
