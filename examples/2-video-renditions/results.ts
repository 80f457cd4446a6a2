import Table from 'cli-table3'
import { readRecords, type Log } from 'sluice'
import { renditions, type Renditions } from './pipeline.js'

/** What came out, by the numbers of the videos. */
export async function results(log: Log): Promise<(Renditions & { readonly video: string })[]> {
  const found: (Renditions & { readonly video: string })[] = []
  for await (const { key, value } of readRecords(log, renditions)) found.push({ video: key!, ...value! })
  return found.toSorted((a, b) => a.video.localeCompare(b.video, 'en', { numeric: true }))
}

export function printResults(found: Awaited<ReturnType<typeof results>>): void {
  const table = new Table({
    head: ['video', '4k', '1080p', 'low', 'gif', 'missing'],
    style: { compact: true, head: [], border: [] },
  })
  for (const { video, renditions, missing } of found) {
    const files = (['4k', '1080p', 'low', 'gif'] as const).map(name => {
      const file = renditions[name]
      return file === undefined ? '' : `${file.bytes} B ${file.sha256.slice(0, 6)}`
    })
    table.push([video, ...files, missing.join(', ')])
  }
  console.log(table.toString())
}
