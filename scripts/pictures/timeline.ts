/** Something at a moment: a record that comes in, or a result that goes out. */
export interface Mark {
  readonly at: number
  readonly label: string
  /** Decides the colour. */
  readonly key: string
  readonly shape: 'record' | 'result' | 'refused'
  /** Where stream time already was when a record came late. */
  readonly seenAt?: number
}

/** A span of time: a window, with its grace. */
export interface Bar {
  readonly from: number
  readonly to: number
  readonly label: string
  readonly key: string
  /** For how long behind its end it is open. */
  readonly grace?: number
}

/** A row of a picture, named at its left. */
export interface Lane {
  readonly name: string
  readonly marks?: readonly Mark[]
  readonly bars?: readonly Bar[]
}

/** A picture over stream time, in milliseconds. */
export interface Timeline {
  readonly title: string
  readonly until: number
  /** The distance of the axis' numbers, in milliseconds. */
  readonly tick: number
  readonly lanes: readonly Lane[]
}

const width = 820
const left = 150
const right = 24
const top = 44
const row = 20
const laneGap = 12
const letter = 6.65
// Middle tones: readable on a white and on a dark page.
const ink = '#6e7781'
const colours = ['#2f81f7', '#d9730d', '#2da44e', '#bf4b8a']

/** Draws a timeline as SVG: time from left to right, a lane under the other. */
export function svg({ title, until, tick, lanes }: Timeline): string {
  const x = (time: number): number => left + (Math.min(Math.max(time, 0), until) * (width - left - right)) / until
  const keys = new Map<string, string>()
  const colour = (key: string): string => {
    if (!keys.has(key)) keys.set(key, colours[keys.size % colours.length]!)
    return keys.get(key)!
  }
  const parts: string[] = []
  let y = top
  for (const { name, marks = [], bars = [] } of lanes) {
    const things = [...bars.map(bar => barAt(bar, x, colour(bar.key))), ...marks.map(mark => markAt(mark, x, colour))]
    const rows = pack(things)
    parts.push(text(left - 14, y + 14, name, 'end'))
    for (const [i, thing] of things.entries()) parts.push(thing.draw(y + rows[i]! * row))
    y += Math.max(1, ...rows.map(at => at + 1)) * row + laneGap
    parts.push(`<path d="M0 ${y - laneGap / 2 - 1}H${width}" stroke="${ink}" stroke-opacity=".25"/>`)
  }
  const grid: string[] = []
  for (let time = 0; time <= until; time += tick) {
    grid.push(`<path d="M${place(x(time))} ${top - 6}V${y}" stroke="${ink}" stroke-opacity=".18"/>`)
    grid.push(text(x(time), y + 15, String(time / 1000), 'middle'))
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y + 44}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="11" fill="${ink}" role="img">
<title>${escape(title)}</title>
<text x="0" y="18" font-size="14">${escape(title)}</text>
${grid.join('\n')}
${parts.join('\n')}
${text(left - 14, y + 15, 'stream time, s', 'end')}
${legend(y + 36)}
</svg>
`
}

interface Thing {
  readonly from: number
  readonly to: number
  draw(y: number): string
}

/** The first free row for each thing, so that none lies over another. */
function pack(things: readonly Thing[]): number[] {
  const ends: number[] = []
  const rows = things.map(() => 0)
  const order = things.map((_, i) => i).sort((a, b) => things[a]!.from - things[b]!.from)
  for (const i of order) {
    const { from, to } = things[i]!
    const free = ends.findIndex(end => end <= from)
    const at = free < 0 ? ends.length : free
    ends[at] = to + 4
    rows[i] = at
  }
  return rows
}

function barAt({ from, to, label, grace = 0 }: Bar, x: (time: number) => number, colour: string): Thing {
  const [start, end, open] = [x(from), x(to), x(to + grace)]
  const inside = label.length * letter + 10 <= end - start
  const labelX = inside ? start + 6 : open + 5
  return {
    from: start,
    to: inside ? open : labelX + label.length * letter,
    draw: y =>
      [
        open > end
          ? `<rect x="${place(end)}" y="${y + 3}" width="${place(open - end)}" height="14" fill="none" stroke="${colour}" stroke-dasharray="3 3"/>`
          : '',
        `<rect x="${place(start)}" y="${y + 3}" width="${place(Math.max(end - start, 2))}" height="14" fill="${colour}" fill-opacity=".25" stroke="${colour}"/>`,
        text(labelX, y + 14, label),
      ].join(''),
  }
}

function markAt(
  { at, label, key, shape, seenAt }: Mark,
  x: (time: number) => number,
  colour: (key: string) => string,
): Thing {
  const cx = x(at)
  const space = label.length * letter
  // At the right edge a label goes to the left of its mark.
  const turned = cx + 9 + space > width
  const labelX = turned ? cx - 9 - space : cx + 9
  const seen = seenAt === undefined ? cx : x(seenAt)
  return {
    from: turned ? labelX : cx - 6,
    to: Math.max(turned ? cx + 6 : labelX + space, seen),
    draw: y => {
      const middle = y + 10
      const trail = Math.max(labelX + space + 4, cx)
      const late =
        seen > trail
          ? `<path d="M${place(trail)} ${middle}H${place(seen)}M${place(seen)} ${middle - 5}V${middle + 5}" stroke="${ink}" stroke-dasharray="2 3"/>`
          : ''
      return late + symbol(shape, cx, middle, colour(key)) + text(labelX, y + 14, label)
    },
  }
}

function symbol(shape: Mark['shape'], x: number, y: number, colour: string): string {
  if (shape === 'result') return `<path d="M${place(x)} ${y - 6}l6 6l-6 6l-6 -6z" fill="${colour}"/>`
  const fill = shape === 'record' ? `fill="${colour}"` : `fill="none" stroke="${colour}" stroke-width="2"`
  return `<circle cx="${place(x)}" cy="${y}" r="${shape === 'record' ? 5 : 4}" ${fill}/>`
}

function legend(y: number): string {
  const said = [
    [symbol('record', 0, 0, ink), 'record at its own time'],
    [symbol('refused', 0, 0, ink), 'not taken'],
    [`<path d="M-8 0H6M6 -5V5" stroke="${ink}" stroke-dasharray="2 3"/>`, 'stream time when it came'],
    [symbol('result', 0, 0, ink), 'result, when it was told'],
  ] as const
  let at = left
  return said
    .map(([drawn, words]) => {
      const one = `<g transform="translate(${place(at)} ${y - 4})">${drawn}</g>${text(at + 12, y, words)}`
      at += words.length * letter + 34
      return one
    })
    .join('\n')
}

function text(x: number, y: number, words: string, anchor?: 'end' | 'middle'): string {
  const anchored = anchor === undefined ? '' : ` text-anchor="${anchor}"`
  return `<text x="${place(x)}" y="${y}"${anchored}>${escape(words)}</text>`
}

function place(value: number): string {
  return String(Math.round(value * 10) / 10)
}

function escape(words: string): string {
  return words.replace(/[<>&"]/g, character => `&#${character.charCodeAt(0)};`)
}
