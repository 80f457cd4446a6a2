import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

/** One import or re-export of a source file. */
export interface Import {
  /** The importing file, relative to the root, with forward slashes. */
  readonly from: string
  /** What it imports: a file relative to the root, or a package as written. */
  readonly to: string
  /** Whether the compiler erases it. */
  readonly typeOnly: boolean
}

const root = resolve(import.meta.dirname, '..')

// Comments, strings and templates in one alternation, so that a quote in a comment or `//` in a string misleads nothing.
const noise = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g
const statement = /(?:^|[;}\n])\s*(import|export)\b([^'"`;]*?)\bfrom\s*(['"])([^'"]+)\3/g
const bare = /(?:^|[;}\n])\s*import\s*(['"])([^'"]+)\1/g
const dynamic = /\b(?:import|require)\(\s*(['"])([^'"]+)\1\s*\)/g

/** The imports of a source text, with specifiers as written. */
export function importsOf(source: string): { specifier: string; typeOnly: boolean }[] {
  const text = source.replace(noise, token => (token.startsWith('/') ? ' ' : token.startsWith('`') ? '``' : token))
  return [
    ...Array.from(text.matchAll(statement), m => ({ specifier: m[4]!, typeOnly: isTypeOnly(m[2]!) })),
    ...Array.from(text.matchAll(bare), m => ({ specifier: m[2]!, typeOnly: false })),
    ...Array.from(text.matchAll(dynamic), m => ({ specifier: m[2]!, typeOnly: false })),
  ]
}

function isTypeOnly(clause: string): boolean {
  if (/^\s*type\b/.test(clause)) return true
  const named = /^\s*\{([^}]*)\}\s*$/.exec(clause)?.[1]
  if (named === undefined) return false
  return named
    .split(',')
    .filter(name => name.trim() !== '')
    .every(name => /^\s*type\s/.test(name))
}

/** Every TypeScript file below the folders, relative to the root. */
export function sources(...folders: string[]): string[] {
  return folders.flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes('node_modules'))
      .map(entry => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/')),
  )
}

/** Every import of those files; relative ones resolved to the TypeScript file they name. */
export function importGraph(files: readonly string[]): Import[] {
  return files.flatMap(from =>
    importsOf(readFileSync(join(root, from), 'utf8')).map(({ specifier, typeOnly }) => ({
      from,
      to: specifier.startsWith('.')
        ? relative(root, resolve(root, dirname(from), specifier))
            .replaceAll('\\', '/')
            .replace(/\.js$/, '.ts')
        : specifier,
      typeOnly,
    })),
  )
}
