import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** Imports a module and answers its default export. TypeScript is compiled on the way, by tsx. @throws what the module throws */
export async function importDefault(url: string): Promise<unknown> {
  if (/\.[cm]?tsx?(\?|$)/.test(url)) {
    // Only who runs TypeScript pays for loading the compiler.
    const [esm, cjs] = await Promise.all([import('tsx/esm/api'), import('tsx/cjs/api')])
    esm.register()
    // Where no package.json says "type": "module", TypeScript becomes CommonJS.
    cjs.register()
  }
  // Node's import of a .cts fails at what it requires.
  const isCommon = /\.cts(\?|$)/.test(url)
  if (isCommon) {
    const exports = createRequire(url)(fileURLToPath(url)) as { readonly default?: unknown } | undefined
    // export default, or else: export =
    return exports?.default ?? exports
  }
  const module = (await import(url)) as { readonly default?: unknown }
  return isCompiled(module.default) ? module.default.default : module.default
}

/** A module that was compiled to CommonJS; its exports lie under `default`. */
function isCompiled(exports: unknown): exports is { readonly default?: unknown } {
  return typeof exports === 'object' && exports !== null && '__esModule' in exports
}
