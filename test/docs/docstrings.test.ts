import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { common, own } from './example-names.js'

const root = join(import.meta.dirname, '../..')

const indices = {
  sluice: 'dsl/index.ts',
  'sluice/testing': 'src/testing/index.ts',
  'sluice/processor': 'src/processor.ts',
}

interface Example {
  readonly file: string
  readonly code: string
}

/** The modules that an index names, and those that they name in turn where they are indices themselves. */
function modulesOf(index: string): string[] {
  const named = [...readFileSync(join(root, index), 'utf8').matchAll(/^export [^']*? from '([^']*)\.js'$/gm)]
  const files = named.map(([, path]) => join(dirname(index), `${path!}.ts`))
  return files.flatMap(file => (file.endsWith('/index.ts') ? modulesOf(file) : [file]))
}

/** Where what the package exports has its docstrings. */
function sources(): string[] {
  return [...new Set(Object.values(indices).flatMap(modulesOf))]
}

/** The text of each `@example`, up to the next tag. */
function examples(): Example[] {
  return sources().flatMap(file =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/\/\*\*([^]*?)\*\//g)].flatMap(([, text]) =>
      text!
        .replaceAll(/^ *\* ?/gm, '')
        .split(/^@example\n/m)
        .slice(1)
        .map(code => ({ file, code: code.split(/^@/m)[0]!.trim() })),
    ),
  )
}

/** Blocks of TypeScript that begin with their imports. */
function programs(): Example[] {
  const pages = readdirSync(join(root, 'docs')).filter(name => name.endsWith('.md'))
  return pages.flatMap(page =>
    [...readFileSync(join(root, 'docs', page), 'utf8').matchAll(/```ts[^\n]*\n(import [^]*?)```/g)].map(match => ({
      file: `docs/${page}`,
      code: match[1]!,
    })),
  )
}

const exported = Object.entries(indices).map(([name, index]) => [name, exportsOf(index)] as const)

function exportsOf(index: string): Set<string> {
  const text = readFileSync(join(root, index), 'utf8')
  const lists = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].map(match => match[1]!)
  return new Set(lists.flatMap(list => list.match(/\w+/g) ?? []).filter(word => word !== 'type'))
}

/** A module in which an example stands: it imports what the package exports under the names that it uses. A program is one. */
function moduleOf({ file, code }: Example): string {
  if (file.startsWith('docs/')) return code
  const words = [...new Set(code.match(/\w+/g))]
  const imports = exported.map(
    ([name, has]) => `import { ${words.filter(word => has.has(word)).join(', ')} } from '${name}'`,
  )
  // As operators and not as methods, these are RxJS's.
  const rx = ['filter', 'mergeMap'].filter(name => new RegExp(`(?<!\\.)\\b${name}\\(`).test(code))
  imports.push(`import { ${rx.join(', ')} } from 'rxjs'`)
  return `${imports.join('\n')}\n${own[file] ?? ''}\nasync function example() {\n${code}\n}\nvoid example`
}

function compile(dir: string): Promise<string> {
  const tsc = join(root, 'node_modules/typescript/lib/tsc.js')
  return new Promise(resolve =>
    execFile(process.execPath, [tsc, '-p', dir], { cwd: dir }, (_error, stdout, stderr) => resolve(stdout + stderr)),
  )
}

it('every @example of what the package exports, and every program of the pages, compiles', async () => {
  const docstrings = examples()
  expect(docstrings.length).toBeGreaterThan(80)
  const all = [...docstrings, ...programs()]
  const dir = await mkdtemp(join(import.meta.dirname, '.examples-'))
  try {
    const names = all.map(({ file }, i) => `${file.replaceAll(/\W/g, '-')}-${i + 1}.ts`)
    await Promise.all(all.map((example, i) => writeFile(join(dir, names[i]!), moduleOf(example))))
    await writeFile(join(dir, 'names.ts'), common)
    // Imports are written for all words that the package exports, whether type or value.
    const compilerOptions = { rootDir: root, noEmit: true, verbatimModuleSyntax: false }
    const config = { extends: '../../../tsconfig.json', compilerOptions, include: ['*.ts'] }
    await writeFile(join(dir, 'tsconfig.json'), JSON.stringify(config))
    const said = (await compile(dir)).split('\n')
    const wrong = said.flatMap(line => {
      const i = [...names, 'names.ts'].findIndex(name => line.startsWith(`${name}(`))
      return i < 0 ? [] : [`${line}\n${all[i]?.code ?? ''}`]
    })
    expect(wrong).toEqual([])
    // Nothing that could keep the compiler from looking at all.
    expect(said.filter(line => /error TS(5|6|18)\d\d\d\b/.test(line))).toEqual([])
  } finally {
    await rm(dir, { recursive: true })
  }
})

it('everything that the package exports says what it is', () => {
  const texts = sources().map(file => readFileSync(join(root, file), 'utf8'))
  const names = exported.flatMap(([, has]) => [...has])
  const kinds = 'class|interface|type|const|function\\*?|async function\\*?'
  const without = names.filter(name => {
    const declared = new RegExp(`^export (?:${kinds}) ${name}\\b`, 'm')
    const text = texts.find(each => declared.test(each))
    return text === undefined || !text.slice(0, declared.exec(text)!.index).endsWith('*/\n')
  })
  expect(without).toEqual([])
  expect(names.length).toBeGreaterThan(150)
})

it('the package has the pages that its docstrings and its README name', () => {
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { files: string[] }
  const texts = ['README.md', ...sources()].map(file => readFileSync(join(root, file), 'utf8'))
  const named = new Set(texts.flatMap(text => [...text.matchAll(/\b(docs\/[\w-]+\.md)/g)].map(([, page]) => page!)))
  expect(named.size).toBeGreaterThan(5)
  for (const page of named) {
    expect(existsSync(join(root, page)), page).toBe(true)
    expect(files, page).toContain(dirname(page))
  }
})
