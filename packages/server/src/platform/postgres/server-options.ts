/** Ours, for a service on one small machine; what they do is PostgreSQL's manual, chapter 20. */
export const SERVER_OPTIONS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  timezone: 'UTC',
  log_timezone: 'UTC',
  max_connections: '100',
  shared_buffers: '256MB',
  effective_cache_size: '1GB',
  work_mem: '16MB',
  maintenance_work_mem: '128MB',
  max_wal_size: '2GB',
  wal_compression: 'on',
  fsync: 'on',
  synchronous_commit: 'on',
  random_page_cost: '1.1',
  // Fresh tables are counted soon: until then plans are guesses, and stay as prepared statements.
  autovacuum_naptime: '10s',
  // Compiling costs our short queries more than it saves.
  jit: 'off',
  // Statements and their values hold customers' data: they stay out of the log.
  log_min_messages: 'warning',
  log_min_error_statement: 'panic',
  log_parameter_max_length_on_error: '0',
  log_checkpoints: 'off',
}
