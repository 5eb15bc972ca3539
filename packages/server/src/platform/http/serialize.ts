import SerializerSelector from '@fastify/fast-json-stringify-compiler'

const selectSerializer = SerializerSelector()

/** Fastify's own serializers, each made when its answer is first sent: several hundred of them take a second to make. */
export const buildSerializer: typeof selectSerializer = (externalSchemas, options) => {
  const compile = selectSerializer(externalSchemas, options)
  return (route) => {
    let serialize: ReturnType<typeof compile> | null = null
    return (answer) => (serialize ??= compile(route))(answer)
  }
}
