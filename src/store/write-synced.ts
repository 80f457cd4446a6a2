import { open } from 'node:fs/promises'

/** Writes a file anew. It is on the disk when this is over. */
export async function writeSynced(path: string, bytes: string | Uint8Array): Promise<void> {
  const file = await open(path, 'w')
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}
