// Prints `N passed, N failed, N skipped` from vitest's JSON report. A step of CI that broke without a failed test to show
// for it (no report, a file that did not load, the example, the checks) counts as one failure.
import { readFileSync } from 'node:fs'

const [file, brokenSteps] = process.argv.slice(2)

/** @returns {{ passed: number, failed: number, skipped: number }} */
function read(path) {
  try {
    const report = JSON.parse(readFileSync(path, 'utf8'))
    const count = status => report.testResults.flatMap(suite => suite.assertionResults).filter(status).length
    const unloaded = report.testResults.filter(
      suite => suite.status === 'failed' && !suite.assertionResults.some(test => test.status === 'failed'),
    )
    return {
      passed: count(test => test.status === 'passed'),
      failed: count(test => test.status === 'failed') + unloaded.length,
      skipped: count(test => test.status !== 'passed' && test.status !== 'failed'),
    }
  } catch (error) {
    console.error(`no test report: ${error.message}`)
    return { passed: 0, failed: 0, skipped: 0 }
  }
}

const { passed, failed, skipped } = read(file)
const broken = Number(brokenSteps)
const failures = Math.max(failed, broken)
if (broken > 0) console.log(`${broken} of 3 steps failed`)
console.log(`${passed} passed, ${failures} failed, ${skipped} skipped`)
process.exitCode = failures > 0 || passed === 0 ? 1 : 0
