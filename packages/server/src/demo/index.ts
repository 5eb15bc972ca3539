export { fillDemo, type DemoProgress } from './fill-demo.ts'
