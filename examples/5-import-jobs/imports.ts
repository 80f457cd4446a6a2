import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { generator } from '../shared/random.js'
import { placeOf } from './work.js'

export interface Import {
  readonly id: string
  readonly files: readonly string[]
  /** The file with a line that is no row, in one import of five. */
  readonly bad: string | undefined
}

/** The import number `n`, from 0. */
export function importOf(n: number): Import {
  const id = `import-${n + 1}`
  const count = 1 + Math.floor(generator(n)() * 4)
  const files = Array.from({ length: count }, (_, part) => `${id}-part-${part + 1}.csv`)
  return { id, files, bad: n % 5 === 4 ? files[0] : undefined }
}

/** Puts the files of an import where they come in; the same every time. */
export function deliver({ files, bad }: Import): void {
  for (const file of files) {
    const path = placeOf('incoming', file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, textOf(file, file === bad))
  }
}

function textOf(file: string, isBad: boolean): string {
  const random = generator(file.length + Number(/\d+/.exec(file)![0]))
  const lines = Array.from({ length: 20 }, (_, i) => `item-${i},${Math.floor(random() * 100)}`)
  if (isBad) lines[7] = 'item-7,many'
  return ['item,amount', ...lines, ''].join('\n')
}
