// Readable on a white and on a dark page.
export const grey = '#7d8590'
export const ours = '#2f81f7'

export function svg(width: number, height: number, title: string, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="${grey}" role="img">
<title>${escape(title)}</title>
${parts.join('\n')}
</svg>
`
}

export function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${attributes === '' ? '' : ` ${attributes}`}>${escape(content)}</text>`
}

function escape(content: string): string {
  return content.replace(/[<>&"]/g, character => `&#${character.charCodeAt(0)};`)
}
