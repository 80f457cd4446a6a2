import { describe, expect, it } from 'vitest'
import { importGraph, importsOf, sources, type Import } from './imports.js'

/**
 * The one direction of dependencies. A layer may import itself and the layers it lists; ARCHITECTURE.md has the drawing.
 * Files of `src/` that are in no folder are layers by their own name.
 */
const layers: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  record: ['errors'],
  time: ['errors'],
  rxjs: [],
  'known-options': ['errors'],
  serde: ['errors', 'known-options', 'record', 'time'],
  store: ['errors', 'record', 'time', 'serde'],
  log: ['errors', 'known-options', 'record', 'time', 'serde', 'store'],
  operators: ['errors', 'record', 'time', 'rxjs', 'serde', 'store'],
  topology: ['errors', 'record', 'time', 'rxjs', 'serde', 'store', 'operators'],
  // A reader over stores that it is handed: the runtime gives it those of its tasks.
  query: ['errors', 'record', 'time', 'rxjs', 'serde', 'store', 'log'],
  runtime: [
    'errors',
    'known-options',
    'record',
    'time',
    'rxjs',
    'serde',
    'store',
    'log',
    'operators',
    'topology',
    'query',
  ],
}
const engine = Object.keys(layers)

/** The rest may use all of the engine. */
const rest = ['cli', 'testing', 'processor']

/** Type-only imports against the direction, each listed with its reason. */
const typesAgainst: Readonly<Record<string, string>> = {
  'src/store/create-store.ts → src/topology/spec.ts': 'a store is made from its spec, and specs belong to the topology',
  'src/topology/check.ts → src/log/log.ts': 'the topics that a pipeline needs are told in the words of the log',
}

/** Packages that only one part may know. */
const packageHomes: Readonly<Record<string, RegExp>> = {
  kafkajs: /^src\/log\/kafka\//,
  level: /^src\/(store|log\/embedded)\//,
  snappy: /^src\/log\/batch\/codecs\//,
  'lz4-napi': /^src\/log\/batch\/codecs\//,
  fzstd: /^src\/log\/batch\/codecs\//,
  avsc: /^src\/serde\//,
  croner: /^src\/operators\/timers\//,
  tsx: /^src\/runtime\/import-default\.ts$/,
  'cli-table3': /^src\/cli\//,
}

function layerOf(file: string): string {
  return /^src\/([^/]+?)(?:\.ts)?(?:\/|$)/.exec(file)?.[1] ?? file.split('/')[0]!
}

/** The package of an import that names one. */
function packageOf(to: string): string {
  return /^(@[^/]+\/[^/]+|[^/]+)/.exec(to)![1]!
}

function shown(imports: readonly Import[]): string[] {
  return imports.map(({ from, to, typeOnly }) => `${from} → ${to}${typeOnly ? ' (type)' : ''}`)
}

const graph = importGraph(sources('src', 'dsl'))
const relative = graph.filter(({ to }) => /^(src|dsl|test|bench|examples)\//.test(to))

describe('the import parser', () => {
  it('finds every form of import and tells types from values', () => {
    const text = `
      import type { A } from './a.js'
      import { type B, type C } from "./b.js"
      import { type D, e } from './d.js'; export { f } from './f.js'
      export type { G } from './g.js'
      import './h.js'
      // import { no } from './comment.js'
      /** import { no } from './docstring.js' */
      const url = 'http://x' // import './no.js'
      const i = await import('./i.js')
      const t = \`import './template.js'\`
      const k = require('./k.js')
      import {
        j,
        type K,
      } from './j.js'
    `
    expect(importsOf(text)).toEqual([
      { specifier: './a.js', typeOnly: true },
      { specifier: './b.js', typeOnly: true },
      { specifier: './d.js', typeOnly: false },
      { specifier: './f.js', typeOnly: false },
      { specifier: './g.js', typeOnly: true },
      { specifier: './j.js', typeOnly: false },
      { specifier: './h.js', typeOnly: false },
      { specifier: './i.js', typeOnly: false },
      { specifier: './k.js', typeOnly: false },
    ])
  })
})

describe('imports', () => {
  it('name files that exist', () => {
    const files = new Set(sources('src', 'dsl'))
    expect(shown(relative.filter(({ to }) => !files.has(to)))).toEqual([])
    expect(relative.length).toBeGreaterThan(10)
  })

  it('belong to the layers that are listed', () => {
    expect([...new Set(sources('src').map(layerOf))].toSorted()).toEqual([...engine, ...rest].toSorted())
  })

  it('point one way', () => {
    const wrong = relative.filter(({ from, to, typeOnly }) => {
      if (from.startsWith('dsl/')) return to.startsWith('test/') || ['cli', 'testing'].includes(layerOf(to))
      const [source, target] = [layerOf(from), layerOf(to)]
      if (source === target) return false
      const allowed = layers[source] ?? engine
      if (to.startsWith('src/') && allowed.includes(target)) return false
      return !(typeOnly && `${from} → ${to}` in typesAgainst)
    })
    expect(shown(wrong)).toEqual([])
  })

  it('use every exception that is listed', () => {
    const used = new Set(relative.filter(i => i.typeOnly).map(({ from, to }) => `${from} → ${to}`))
    expect(Object.keys(typesAgainst).filter(exception => !used.has(exception))).toEqual([])
  })

  it('keep each library in its place', () => {
    const strays = graph.filter(({ from, to }) => {
      const name = packageOf(to)
      return name in packageHomes && !packageHomes[name]!.test(from)
    })
    expect(shown(strays)).toEqual([])
    const used = new Set(graph.map(({ to }) => packageOf(to)))
    expect(Object.keys(packageHomes).filter(name => !used.has(name))).toEqual([])
  })

  it('go in no circle inside the engine', () => {
    const values = new Map<string, string[]>()
    for (const { from, to, typeOnly } of relative) {
      if (!typeOnly && from.startsWith('src/')) values.set(from, [...(values.get(from) ?? []), to])
    }
    expect(circle(values)).toEqual([])
  })

  it('of the examples go through the package', () => {
    const direct = importGraph(sources('examples')).filter(({ to }) => /^(src|dsl|dist|test|bench)\//.test(to))
    expect(shown(direct)).toEqual([])
  })
})

/** The first circle found, as a path; empty where there is none. */
function circle(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>()
  const visit = (file: string, path: string[]): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return []
    for (const next of edges.get(file) ?? []) {
      const found = visit(next, [...path, file])
      if (found.length > 0) return found
    }
    done.add(file)
    return []
  }
  for (const file of edges.keys()) {
    const found = visit(file, [])
    if (found.length > 0) return found
  }
  return []
}
