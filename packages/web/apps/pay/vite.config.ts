import { defineConfig } from 'vite'

// One script and one style sheet, named after what they hold; the service fills in the page around them.
export default defineConfig({
  root: import.meta.dirname,
  base: '/pay/',
  build: {
    outDir: 'dist',
    target: 'es2022',
    modulePreload: false,
    // Everything comes from our own address, as the page's policy says: no data: URLs either.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  logLevel: 'warn',
})
