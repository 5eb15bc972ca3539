/**
 * One script tag on the merchant's own pages: asks once a browser session whether the customer owes, and shows a
 * notice that can be closed. Silent on every error, so that it cannot break its host. It lies above the page and moves
 * nothing in it, takes no style from it, and needs no more of its security policy than the script and its one question.
 */
export const PAYWALL_SCRIPT = `(function () {
  'use strict'
  try {
    var tag = document.currentScript
    var given = window.RevtainPaywall || {}
    var read = function (name) {
      return given[name] || (tag && tag.dataset ? tag.dataset[name] : '') || ''
    }
    var key = read('publishableKey')
    var email = read('customerEmail')
    if (!key || !email || !tag || !window.fetch) return
    var host = new URL(tag.src, location.href).origin
    var slot = 'revtain-paywall:' + email
    // A browser may forbid a page to keep anything; then it is asked on every page.
    var keep = function (answer) {
      try { sessionStorage.setItem(slot, answer) } catch (error) {}
    }
    var kept = function () {
      try { return sessionStorage.getItem(slot) } catch (error) { return null }
    }
    var show = function () {
      if (document.getElementById('revtain-paywall')) return
      // A script in the head runs before there is a body.
      if (!document.body) return document.addEventListener('DOMContentLoaded', show)
      var color = read('brandColor')
      var box = document.createElement('div')
      box.id = 'revtain-paywall'
      box.lang = 'en'
      box.setAttribute('role', 'region')
      box.setAttribute('aria-label', 'Payment')
      box.style.cssText = 'all:initial;color-scheme:only light;position:fixed;left:0;right:0;bottom:0;z-index:2147483647;padding:16px;background:#fff;color:#111;font:16px/1.4 system-ui,sans-serif;box-shadow:0 -2px 12px rgba(0,0,0,.25);border-top:4px solid ' + (/^#[0-9a-fA-F]{3,8}$/.test(color) ? color : '#2dd4bf')
      var text = document.createElement('span')
      // Read out when it comes: it takes the focus from nobody.
      text.setAttribute('role', 'alert')
      text.textContent = (read('brandName') ? read('brandName') + ': ' : '') + 'your last payment did not go through. '
      var close = document.createElement('button')
      close.type = 'button'
      close.textContent = 'Close'
      close.style.cssText = 'float:right;font:inherit;padding:4px 12px'
      close.onclick = function () {
        box.remove()
        keep('closed')
      }
      box.onkeydown = function (event) {
        if (event.key === 'Escape') close.onclick()
      }
      var link = document.createElement('a')
      link.href = read('cardUpdateUrl')
      link.textContent = 'Update your card'
      // Whoever comes back from there may have paid.
      link.onclick = function () { keep('') }
      var parts = read('cardUpdateUrl') && /^https?:$/.test(link.protocol) ? [text, link, close] : [text, close]
      var root = box.attachShadow({ mode: 'open' })
      parts.forEach(function (part) { root.appendChild(part) })
      document.body.appendChild(box)
    }
    if (kept()) return kept() === 'owes' ? show() : undefined
    var stop = new AbortController()
    setTimeout(function () { stop.abort() }, 5000)
    fetch(host + '/api/recovery/paywall-status?customerEmail=' + encodeURIComponent(email), {
      headers: { 'X-API-KEY': key },
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      signal: stop.signal
    })
      .then(function (answer) { return answer.ok ? answer.json() : null })
      .then(function (status) {
        if (!status) return
        keep(status.isPastDue === true ? 'owes' : 'fine')
        if (status.isPastDue === true) show()
      })
      .catch(function () {})
  } catch (error) {}
})()
`
