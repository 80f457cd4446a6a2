import { flow, json, string } from '@kafkats/flow'

// The count of completed jobs, the peer of bench/sluice/pipelines/count.ts. Its state is a Map with a changelog.

const { brokers, application, input, output, commitIntervalMs } = JSON.parse(process.argv[2])

const int64 = {
  encode(value) {
    const bytes = Buffer.allocUnsafe(8)
    bytes.writeBigInt64BE(BigInt(value))
    return bytes
  },
  decode: bytes => Number(bytes.readBigInt64BE()),
}

const app = flow({
  applicationId: application,
  client: { brokers, clientId: application },
  processingGuarantee: 'exactly_once',
  commitIntervalMs,
  changelog: { replicationFactor: 1 },
})
app
  .stream(input, { key: string(), value: json(), offsetReset: 'earliest' })
  .filter((_, job) => job.status === 'completed')
  .groupByKey()
  .count({ storeName: 'completed-jobs', key: string(), value: int64 })
  .toStream()
  .to(output, { key: string(), value: int64 })
await app.start()

process.stdin.resume().on('end', async () => {
  await app.close()
  process.exit(0)
})
