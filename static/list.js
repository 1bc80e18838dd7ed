// The list of customers fetched anew in place: htmx sends and swaps, this keeps what the person has in hand.
// Without this file every link and form of the list loads a page.
(function () {
  'use strict';
  var SHORTEST = 2; // letters from which on a search is worth asking for
  var typed = null; // the search box as it is while an older answer comes in

  function list() {
    return document.getElementById('list');
  }
  function box() {
    return document.getElementById('q');
  }
  function isTyping(event) {
    return Boolean(event && event.type === 'input');
  }

  // Addresses say what is asked for, and nothing else
  document.addEventListener('htmx:configRequest', function (e) {
    var form = e.detail.formData;
    Array.from(form.keys()).forEach(function (name) {
      if (!form.get(name)) {
        form.delete(name);
      }
    });
  });

  document.addEventListener('htmx:beforeRequest', function (e) {
    var asked = e.detail.requestConfig.triggeringEvent;
    if (isTyping(asked)) {
      var letters = box().value.trim().length;
      if (letters > 0 && letters < SHORTEST) {
        e.preventDefault();
        return;
      }
    }
    if (list()) {
      list().setAttribute('aria-busy', 'true');
    }
  });

  // Signed out meanwhile, refused or broken: the whole page says so
  document.addEventListener('htmx:beforeSwap', function (e) {
    var detail = e.detail;
    if (detail.xhr.status !== 200 || detail.xhr.responseText.indexOf('id="list"') < 0) {
      detail.shouldSwap = false;
      window.location.assign(detail.pathInfo.finalRequestPath);
      return;
    }
    var field = box();
    typed = field === document.activeElement ? [field.value, field.selectionStart, field.selectionEnd] : null;
  });
  document.addEventListener('htmx:sendError', function (e) {
    window.location.assign(e.detail.pathInfo.finalRequestPath);
  });

  document.addEventListener('htmx:afterSettle', function (e) {
    var fresh = list();
    if (typed && isTyping(e.detail.requestConfig.triggeringEvent)) {
      box().value = typed[0];
      box().focus();
      box().setSelectionRange(typed[1], typed[2]);
    } else if (document.activeElement === document.body) {
      fresh.focus();
    }
    window.portalLists(fresh);
    document.getElementById('told').textContent = fresh.dataset.total;
  });
})();
