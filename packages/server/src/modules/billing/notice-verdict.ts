/**
 * What a notice came to. `unmatched`: nothing of ours fits yet, so it is tried again; `isWorrying`: in the end a person
 * has to look, because money moved. Otherwise it is about something that is not ours, and is ignored. `parked`: trying again
 * helps nothing, so a person has to look at once. `waits`: for something that is known to come to an end, however long it takes.
 */
export type NoticeVerdict =
  | { readonly kind: 'applied' }
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'unmatched'; readonly reason: string; readonly isWorrying: boolean }
  | { readonly kind: 'parked'; readonly reason: string }
  | { readonly kind: 'waits'; readonly reason: string }

export const SETTLED_BEFORE: NoticeVerdict = { kind: 'ignored', reason: 'settled before' }
