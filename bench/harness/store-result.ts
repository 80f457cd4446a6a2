import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bars } from './bars.js'
import { lines } from './lines.js'
import { merge, type Result } from './result.js'

/** Puts a result's rows into `<directory>/NAME.json` and draws its chart again, `NAME.svg`; answers all that is known now. */
export async function storeResult(directory: string, later: Result): Promise<Result> {
  await mkdir(directory, { recursive: true })
  const result = merge(await readResult(directory, later.name), later)
  await writeFile(join(directory, `${result.name}.json`), `${JSON.stringify(result, null, 2)}\n`)
  const drawn = draw(result)
  const picture = join(directory, `${result.name}.svg`)
  if (drawn === null) await rm(picture, { force: true })
  else await writeFile(picture, drawn)
  return result
}

export async function readResult(directory: string, name: string): Promise<Result | undefined> {
  const text = await readFile(join(directory, `${name}.json`), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : (JSON.parse(text) as Result)
}

export function draw(result: Result): string | null {
  const { chart } = result
  return chart.kind === 'bars' ? bars(result, chart.column, chart.title) : lines(result, chart.columns)
}
