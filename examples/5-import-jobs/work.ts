import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** A file is parsed, then what was parsed is imported. */
export interface Job {
  readonly kind: 'parse' | 'import'
  readonly importId: string
}

/** No other attempt will help. */
export class BadFile extends Error {}

export interface Row {
  readonly item: string
  readonly amount: number
}

/** Where files come in, and where what was parsed and imported lies: `IMPORT_DIR`. */
const directory = (): string => process.env['IMPORT_DIR'] ?? 'data/5-import-jobs/files'
export const placeOf = (stage: 'incoming' | 'parsed' | 'imported', file: string): string =>
  join(directory(), stage, file)

/**
 * Does a job; a second time does nothing more.
 *
 * @throws BadFile where a line is no row, or the file was not parsed before it is imported; whatever the disk says
 */
export async function work(job: Job, file: string): Promise<Job> {
  if (job.kind === 'parse') {
    const rows = parse(await readFile(placeOf('incoming', file), 'utf8'))
    await write(placeOf('parsed', `${file}.json`), JSON.stringify(rows))
  } else {
    const rows = await parsed(file)
    const total = rows.reduce((sum, { amount }) => sum + amount, 0)
    await write(placeOf('imported', `${file}.json`), JSON.stringify({ rows: rows.length, total }))
  }
  return job
}

/** The rows of a file with a head and a line for each: `item,amount`. */
function parse(text: string): Row[] {
  const [, ...lines] = text.trimEnd().split('\n')
  return lines.map((line, i) => {
    const [item, amount, ...more] = line.split(',')
    if (item && /^\d+$/.test(amount ?? '') && more.length === 0) return { item, amount: Number(amount) }
    throw new BadFile(`line ${i + 2} is no row: ${line}`)
  })
}

async function parsed(file: string): Promise<Row[]> {
  try {
    return JSON.parse(await readFile(placeOf('parsed', `${file}.json`), 'utf8')) as Row[]
  } catch (cause) {
    throw new BadFile(`${file} was not parsed`, { cause })
  }
}

/** All of it or nothing: a process may die in the middle. */
async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
}
