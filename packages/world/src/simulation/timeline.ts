const HOUR_MS = 3_600_000

/** Things to come, in order of time. They may be added while it runs, never before the present. */
export type Timeline<T> = {
  add(at: number, what: T): void
  /** The next thing, or null when nothing is left. */
  next(): { readonly at: number; readonly what: T } | null
}

type Entry<T> = { readonly at: number; readonly what: T; readonly order: number }

/** Kept by the hour: finding the next is a step, not a search. */
export function createTimeline<T>(startsAt: number): Timeline<T> {
  const hours: (Entry<T>[] | undefined)[] = []
  let order = 0
  let hour = 0
  let ready: Entry<T>[] = []
  return {
    add: (at, what) => {
      const place = Math.max(hour, Math.floor((at - startsAt) / HOUR_MS))
      const entry = { at, what, order: (order += 1) }
      if (place === hour) ready.push(entry)
      else (hours[place] ??= []).push(entry)
      if (place === hour) ready.sort(latestFirst)
    },
    next: () => {
      while (ready.length === 0) {
        hour += 1
        if (hour >= hours.length) return null
        ready = (hours[hour] ?? []).sort(latestFirst)
        hours[hour] = undefined
      }
      return ready.pop() ?? null
    },
  }
}

function latestFirst<T>(a: Entry<T>, b: Entry<T>): number {
  return b.at - a.at || b.order - a.order
}
