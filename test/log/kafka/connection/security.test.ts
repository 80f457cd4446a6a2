import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { json, kafka, long, pipeline, store, string, topic } from 'sluice'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kafka as fromSource } from '../../../../src/log/kafka/kafka.js'
import { startBroker, type Broker } from '../../../kafka/broker.js'
import { kafkaClassPath, missingTools } from '../../../kafka/jars.js'
import { produce } from '../../helpers.js'
import { temporaryDirectory } from '../../temporary.js'

const password = 'open sesame'
const modules = 'org.apache.kafka.common.security'
const plain = `${modules}.plain.PlainLoginModule required`
const scram = `${modules}.scram.ScramLoginModule required;`
const oauth = `${modules}.oauthbearer.OAuthBearerLoginModule required`

describe.skipIf(missingTools() !== undefined)('a broker that asks who is there', () => {
  let directory: string
  let broker: Broker
  let ca: string

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-tls-'))
    const keys = ['-alias', 'broker', '-keystore', join(directory, 'keys.p12'), '-storepass', password]
    const made = ['-genkeypair', '-keyalg', 'RSA', '-dname', 'CN=127.0.0.1', '-ext', 'san=ip:127.0.0.1']
    await promisify(execFile)('keytool', [...made, ...keys])
    await promisify(execFile)('keytool', ['-exportcert', '-rfc', '-file', join(directory, 'ca.pem'), ...keys])
    ca = await readFile(join(directory, 'ca.pem'), 'utf8')
    broker = await startBroker({
      listeners: {
        TLS: 'SSL',
        BOTH: 'SASL_SSL',
        SASL: 'SASL_PLAINTEXT',
        SHORT: 'SASL_PLAINTEXT',
        SCRAM: 'SASL_PLAINTEXT',
        TOKEN: 'SASL_PLAINTEXT',
      },
      properties: {
        'ssl.keystore.location': join(directory, 'keys.p12'),
        'ssl.keystore.password': password,
        'sasl.enabled.mechanisms': 'PLAIN',
        'listener.name.scram.sasl.enabled.mechanisms': 'SCRAM-SHA-256,SCRAM-SHA-512',
        'listener.name.token.sasl.enabled.mechanisms': 'OAUTHBEARER',
        'listener.name.both.plain.sasl.jaas.config': `${plain} user_jobs="${password}";`,
        'listener.name.sasl.plain.sasl.jaas.config': `${plain} user_jobs="${password}";`,
        'listener.name.short.plain.sasl.jaas.config': `${plain} user_jobs="${password}";`,
        'listener.name.short.plain.connections.max.reauth.ms': 3000,
        'listener.name.scram.scram-sha-256.sasl.jaas.config': scram,
        'listener.name.scram.scram-sha-512.sasl.jaas.config': scram,
        'listener.name.token.oauthbearer.sasl.jaas.config': `${oauth} unsecuredLoginStringClaim_sub="jobs";`,
      },
    })
    const user = ['--alter', '--entity-type', 'users', '--entity-name', 'jobs', '--add-config']
    const command = ['kafka.admin.ConfigCommand', '--bootstrap-server', broker.brokers[0]!, ...user]
    for (const name of ['SCRAM-SHA-256', 'SCRAM-SHA-512']) {
      const secret = `${name}=[password=${password}]`
      await promisify(execFile)('java', ['-cp', await kafkaClassPath(), ...command, secret])
    }
  }, 60_000)

  afterAll(async () => {
    await broker?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  // A token as KIP-255 has it for tests: a JWT that nobody signed.
  const token = (seconds: number): string => {
    const now = Math.floor(Date.now() / 1000)
    const parts = [{ alg: 'none' }, { sub: 'jobs', iat: now, exp: now + seconds }]
    return `${parts.map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`
  }
  const oauthBearerProvider = () => Promise.resolve({ value: token(3600) })
  const bearer = { mechanism: 'oauthbearer', oauthBearerProvider } as const
  const sasl = (given = password) => ({ mechanism: 'plain', username: 'jobs', password: given }) as const
  const ways = {
    TLS: () => ({ brokers: broker.listener('TLS'), ssl: { ca: [ca] } }),
    'SASL over TLS': () => ({ brokers: broker.listener('BOTH'), ssl: { ca: [ca] }, sasl: sasl() }),
    SASL: () => ({ brokers: broker.listener('SASL'), sasl: sasl() }),
    'SASL for sessions shorter than the threshold': () => ({ brokers: broker.listener('SHORT'), sasl: sasl() }),
    'SCRAM-SHA-256': () => ({
      brokers: broker.listener('SCRAM'),
      sasl: { ...sasl(), mechanism: 'scram-sha-256' as const },
    }),
    'SCRAM-SHA-512': () => ({
      brokers: broker.listener('SCRAM'),
      sasl: { ...sasl(), mechanism: 'scram-sha-512' as const },
    }),
    OAUTHBEARER: () => ({ brokers: broker.listener('TOKEN'), sasl: bearer }),
  }

  it.each(Object.entries(ways))('counts exactly once by %s', async (name, options) => {
    const jobs = topic(`jobs-${name.replaceAll(' ', '-')}`, { key: string, value: json<{ done: boolean }>() })
    const counts = store('counts', { key: string, value: long })
    const app = pipeline(`count-${name.replaceAll(' ', '-')}`)
    app
      .stream(jobs)
      .filter(({ done }) => done)
      .groupByKey()
      .count({ as: counts })
    const log = await fromSource(options()).open()
    await log.topics.create([{ name: jobs.name, partitions: 1 }])
    const values = [true, false, true, true].map(done => ({ key: 'import-1', value: JSON.stringify({ done }) }))
    await produce(log, jobs.name, 0, ...values)
    await log.close()
    const given = options()
    const running = await app.start({ log: kafka(given), stateDir: await temporaryDirectory() })
    await running.drained()
    expect(given, 'can be sent to a thread still').toEqual(options())
    expect(await running.query(counts).get('import-1')).toBe(3)
    await running.close()
  })

  it('says so where the password is wrong, or its certificate is not trusted', async () => {
    const wrong = kafka({ ...ways.SASL(), sasl: sasl('wrong'), startTimeout: '3s' })
    await expect(wrong.open()).rejects.toMatchObject({ code: 'BROKER' })
    const scrambled = kafka({
      ...ways['SCRAM-SHA-512'](),
      sasl: { ...sasl('wrong'), mechanism: 'scram-sha-512' },
      startTimeout: '3s',
    })
    await expect(scrambled.open()).rejects.toMatchObject({ code: 'BROKER' })
    const expired = { ...bearer, oauthBearerProvider: () => Promise.resolve({ value: token(-60) }) }
    await expect(kafka({ ...ways.OAUTHBEARER(), sasl: expired, startTimeout: '3s' }).open()).rejects.toMatchObject({
      code: 'BROKER',
      message: expect.stringContaining('invalid_token') as string,
      hint: expect.stringContaining('sasl') as string,
    })
    const unknown = kafka({ brokers: broker.listener('TLS'), ssl: true, startTimeout: '3s' })
    await expect(unknown.open()).rejects.toMatchObject({ code: 'BROKER' })
  })
})
