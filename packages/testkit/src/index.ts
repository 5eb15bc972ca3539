export { toAnswer, type Answer } from './answer.ts'
export { createEmptyDatabase, createTestDatabase, type TestDatabase } from './databases.ts'
export { startJsonServer } from './gateway-doubles/json-server.ts'
export { startTestPostgres, TEST_POSTGRES_VARIABLE, type TestPostgres } from './postgres.ts'
