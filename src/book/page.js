"use strict";
(function () {
  var tools = document.getElementById("tools");
  var search = document.getElementById("search");
  var boxes = Array.prototype.slice.call(tools.querySelectorAll("input[type=checkbox]"));
  var shown = document.getElementById("shown");
  var cards = Array.prototype.slice.call(document.querySelectorAll("[data-severity]"));
  var texts = cards.map(function (card) { return card.textContent.toLowerCase(); });

  /* Every word must be there; "-word" must not. */
  function matches(text, words) {
    return words.every(function (word) {
      return word[0] === "-" && word.length > 1 ? text.indexOf(word.slice(1)) < 0 : text.indexOf(word) >= 0;
    });
  }

  function filter() {
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    var wanted = boxes.filter(function (box) { return box.checked; }).map(function (box) { return box.value; });
    var count = 0;
    cards.forEach(function (card, i) {
      var keep = wanted.indexOf(card.dataset.severity) >= 0 && matches(texts[i], words);
      card.classList.toggle("gone", !keep);
      if (keep) count += 1;
    });
    shown.textContent = count === cards.length ? cards.length + " shown" : count + " of " + cards.length + " shown";
  }

  function unfold() {
    var folded = Array.prototype.slice.call(document.querySelectorAll(".card details"));
    var open = !folded.some(function (one) { return one.open; });
    folded.forEach(function (one) { one.open = open; });
  }

  function addCopy(pre) {
    if (!navigator.clipboard) return;
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = "copy";
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(pre.textContent).then(function () {
        button.textContent = "copied";
        setTimeout(function () { button.textContent = "copy"; }, 1500);
      });
    });
    pre.parentNode.appendChild(button);
  }

  search.addEventListener("input", filter);
  boxes.forEach(function (box) { box.addEventListener("change", filter); });
  document.getElementById("unfold").addEventListener("click", unfold);
  document.addEventListener("keydown", function (event) {
    if (event.key === "/" && document.activeElement !== search) {
      event.preventDefault();
      search.focus();
    }
  });
  Array.prototype.forEach.call(document.querySelectorAll(".next pre"), addCopy);
  tools.hidden = false;
  filter();
})();
