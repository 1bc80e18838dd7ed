// Passkeys: the portal gives a challenge, the browser asks its owner and answers, the portal says where to go.
// Pages work without this file: the buttons stay hidden, and the password does.
(function () {
  'use strict';
  var library = window.SimpleWebAuthnBrowser;
  if (!library || !library.browserSupportsWebAuthn()) {
    return;
  }

  // A problem that the portal tells in words of its own; everything else gets the words of the page.
  function Told(problem) {
    this.words = problem.detail;
    this.way = problem.way;
  }

  function post(box, path, said) {
    return fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRFToken': box.dataset.secret },
      body: JSON.stringify(said),
    }).then(function (answer) {
      return answer.json().then(function (told) {
        if (!answer.ok) {
          throw new Told(told);
        }
        return told;
      });
    });
  }

  function say(box, kind, words, way) {
    var place = box.querySelector('.passkey-says');
    place.className = 'passkey-says' + (kind ? ' k-' + kind : '');
    place.textContent = words;
    if (way) {
      var link = document.createElement('a');
      link.href = way.href;
      link.textContent = way.words;
      place.append(' ', link);
    }
  }

  function explain(box, error) {
    if (error instanceof Told && error.words) {
      say(box, 'bad', error.words, error.way);
    } else if (error.name === 'InvalidStateError') {
      say(box, 'wait', box.dataset.known);
    } else if (error.name === 'NotAllowedError' || error.name === 'AbortError') {
      say(box, '', box.dataset.stopped);
    } else {
      say(box, 'bad', box.dataset.failed);
    }
  }

  function typed(box) {
    var name = box.parentNode.querySelector('[name=name]'),
      remember = document.querySelector('main [name=remember]');
    return {
      next: box.dataset.next,
      name: name ? name.value : '',
      remember: Boolean(remember && remember.checked),
    };
  }

  // From the challenge to the next page; `autofill` waits until the owner picks a passkey in the address field.
  function run(box, autofill) {
    return post(box, box.dataset.path + '/options', {})
      .then(function (options) {
        if (box.dataset.passkey === 'add') {
          return library.startRegistration({ optionsJSON: options });
        }
        return library.startAuthentication({ optionsJSON: options, useBrowserAutofill: autofill });
      })
      .then(function (credential) {
        return post(box, box.dataset.path, Object.assign(typed(box), { credential: credential }));
      })
      .then(function (told) {
        var kept = document.querySelector('main [name=kept]');
        if (kept && told.secret) {
          carryOn(kept.form, told.secret);
        } else {
          location.assign(told.to);
        }
      });
  }

  // The form that came too late goes on without the password that nobody had to type.
  function carryOn(form, secret) {
    form.elements.csrf_token.value = secret;
    ['current_password', 'code'].forEach(function (name) {
      if (form.elements[name]) {
        form.elements[name].disabled = true;
      }
    });
    form.submit();
  }

  function offerInField(box) {
    if (!document.querySelector('input[autocomplete$=webauthn]')) {
      return;
    }
    library.browserSupportsWebAuthnAutofill().then(function (supported) {
      if (supported) {
        run(box, true).catch(function (error) {
          if (error instanceof Told) {
            explain(box, error);
          }
        });
      }
    });
  }

  document.querySelectorAll('[data-passkey]').forEach(function (box) {
    var button = box.querySelector('button');
    box.hidden = false;
    document.querySelectorAll('[data-without-passkeys]').forEach(function (words) {
      words.hidden = true;
    });
    button.addEventListener('click', function () {
      button.disabled = true;
      say(box, '', box.dataset.waiting);
      run(box, false)
        .catch(function (error) {
          explain(box, error);
          offerInField(box);
        })
        .finally(function () {
          button.disabled = false;
        });
    });
    // Enter in a field beside the button means the button, where there is no form to send.
    if (box.dataset.passkey === 'add') {
      box.parentNode.querySelector('[name=name]').addEventListener('keydown', function (e) {
        if (e.key === 'Enter') {
          e.preventDefault();
          button.click();
        }
      });
    }
    offerInField(box);
  });
})();
