export { isMapTooLarge, MAP_KEYS_MAX, mergeMap } from './merge-map.ts'
