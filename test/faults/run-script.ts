import { execFile } from 'node:child_process'

/**
 * Runs a script, with something to read as JSON, until it ends well or dies by SIGKILL; answers whether it died.
 *
 * @throws what it said where it ended otherwise
 */
export function runScript(script: string, config: unknown): Promise<boolean> {
  const args = ['--import', 'tsx', script, JSON.stringify(config)]
  return new Promise((resolve, reject) => {
    // By SIGTERM where it hangs, so that this is not taken for a death that was wished.
    execFile(process.execPath, args, { timeout: 120_000, killSignal: 'SIGTERM' }, (error, stdout, stderr) => {
      if (error?.signal === 'SIGKILL') resolve(true)
      else if (error === null && stdout.includes('done')) resolve(false)
      else reject(new Error(`${script} ended badly: ${error?.message}\n${stdout}\n${stderr}`))
    })
  })
}
