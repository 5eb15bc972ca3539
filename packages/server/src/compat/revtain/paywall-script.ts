/**
 * One script tag on the merchant's own pages: asks once a browser session whether the customer owes, and shows a
 * notice that can be closed. Silent on every error, so that it cannot break its host.
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
    // A browser may forbid a page to keep anything.
    var keep = function (text) {
      try { sessionStorage.setItem(slot, text) } catch (error) {}
    }
    var show = function (status) {
      if (!status || status.isPastDue !== true || document.getElementById('revtain-paywall')) return
      // A script in the head runs before there is a body.
      if (!document.body) return document.addEventListener('DOMContentLoaded', function () { show(status) })
      var box = document.createElement('div')
      box.id = 'revtain-paywall'
      box.setAttribute('role', 'dialog')
      box.setAttribute('aria-label', 'Payment')
      box.style.cssText = 'position:fixed;left:0;right:0;bottom:0;z-index:2147483647;padding:16px;background:#fff;color:#111;font:16px/1.4 system-ui,sans-serif;box-shadow:0 -2px 12px rgba(0,0,0,.25);border-top:4px solid ' + (/^#[0-9a-fA-F]{3,8}$/.test(read('brandColor')) ? read('brandColor') : '#2dd4bf')
      var text = document.createElement('span')
      var brand = read('brandName')
      text.textContent = (brand ? brand + ': ' : '') + 'your last payment did not go through. '
      box.appendChild(text)
      var url = read('cardUpdateUrl')
      if (/^https?:/.test(url)) {
        var link = document.createElement('a')
        link.href = url
        link.textContent = 'Update your card'
        box.appendChild(link)
      }
      var close = document.createElement('button')
      close.type = 'button'
      close.textContent = 'Close'
      close.style.cssText = 'float:right'
      close.onclick = function () {
        box.remove()
        keep('{}')
      }
      box.onkeydown = function (event) {
        if (event.key === 'Escape') close.onclick()
      }
      box.appendChild(close)
      document.body.appendChild(box)
    }
    var kept = sessionStorage.getItem(slot)
    if (kept) return show(JSON.parse(kept))
    var stop = new AbortController()
    setTimeout(function () { stop.abort() }, 5000)
    fetch(host + '/api/recovery/paywall-status?customerEmail=' + encodeURIComponent(email), {
      headers: { 'X-API-KEY': key },
      signal: stop.signal
    })
      .then(function (answer) { return answer.ok ? answer.json() : null })
      .then(function (status) {
        if (!status) return
        keep(JSON.stringify(status))
        show(status)
      })
      .catch(function () {})
  } catch (error) {}
})()
`
