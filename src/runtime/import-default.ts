/** Imports a module and answers its default export. TypeScript is compiled on the way, by tsx. @throws what the module throws */
export async function importDefault(url: string): Promise<unknown> {
  if (/\.[cm]?tsx?(\?|$)/.test(url)) {
    // Only who runs TypeScript pays for loading the compiler.
    const { register } = await import('tsx/esm/api')
    register()
  }
  const module = (await import(url)) as { readonly default?: unknown }
  return module.default
}
