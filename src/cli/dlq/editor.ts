import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errorText, SluiceError } from '../../errors.js'
import { formFor, type Form } from './form.js'
import type { Letter } from './letter.js'

/** The letter stays where it is. */
export const left: unique symbol = Symbol('left')

/**
 * The value of a letter as somebody has edited it in `$VISUAL` or `$EDITOR`, in a file of its own. A value left as it was
 * keeps its bytes; a file left empty leaves the letter where it is. What cannot be read is edited again, with the reason.
 *
 * @throws SluiceError BAD_ARGUMENT when the editor does not start or ends with an error
 */
export async function edited(
  { id, record: { value } }: Letter,
  form: Form,
  say: (line: string) => void,
): Promise<Uint8Array | null | typeof left> {
  if (value === null) {
    say(`${id} has no value to edit: it goes back as it is`)
    return null
  }
  const fitting = formFor(form, value)
  const text = fitting.edit(value)!
  const dir = await mkdtemp(join(tmpdir(), 'sluice-dlq-'))
  const file = join(dir, `${id.replace(':', '-')}.${/^[[{]/.test(text) ? 'json' : 'txt'}`)
  try {
    // Editors end a file with a newline.
    await writeFile(file, `${text}\n`)
    let last: string | undefined
    for (;;) {
      await uninterrupted(() => openEditor(file))
      const content = await readFile(file, 'utf8')
      // What ends in a carriage return itself would lose it with the editor's newline.
      const typed = content.replace(text.endsWith('\r') ? /\n$/ : /\r?\n$/, '')
      if (typed === text) return value
      if (typed.trim() === '') return left
      try {
        return fitting.parse(typed)
      } catch (error) {
        // An editor that nobody sits at would go on for ever.
        if (typed === last) throw error
        last = typed
        say(`${id}: ${error instanceof SluiceError ? error.what : errorText(error)}; once more`)
      }
    }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** Ctrl-C goes to all that run in a terminal: while an editor has it, it is meant for the editor, as git takes it. */
async function uninterrupted(work: () => Promise<void>): Promise<void> {
  const others = process.listeners('SIGINT')
  const nothing = (): void => {}
  process.removeAllListeners('SIGINT').on('SIGINT', nothing)
  try {
    await work()
  } finally {
    process.off('SIGINT', nothing)
    for (const other of others) process.on('SIGINT', other)
  }
}

async function openEditor(file: string): Promise<void> {
  // One that is empty counts as none: a shell would take the file itself for the command.
  const editor = [process.env['VISUAL'], process.env['EDITOR']].find(name => name?.trim()) ?? 'vi'
  // By a shell, as git does: the variable may hold options.
  const child =
    process.platform === 'win32'
      ? spawn(`${editor} "${file}"`, { stdio: 'inherit', shell: true })
      : spawn('sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' })
  const [code] = (await once(child, 'exit').catch((error: unknown) => [errorText(error)])) as [unknown]
  if (code === 0) return
  throw new SluiceError('BAD_ARGUMENT', `the editor (${editor}) ended with ${String(code)}`, {
    hint: 'what was replayed before stays so; set $EDITOR to an editor that runs in this terminal',
  })
}
