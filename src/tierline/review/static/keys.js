// Every control names its key in the page; this only presses them, so that a page without scripts has the same controls.
"use strict";
(() => {
  const typing = (element) => element instanceof HTMLElement && element.matches("input, textarea, select");
  const find = (name, key) => document.querySelector(`[data-${name}="${CSS.escape(key)}"]`);

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || event.metaKey || event.isComposing) return;
    const field = event.target;
    if (typing(field)) {
      if (event.key === "Escape") {
        field.blur();
        event.preventDefault();
      } else if (event.key === "Enter" && event.ctrlKey) {
        find("send", field.id)?.click();
        event.preventDefault();
      } else if (event.key === "Enter" && field.matches("#answer input")) {
        event.preventDefault(); // a verdict is never given by accident
        field.blur();
      }
      return;
    }
    if (event.ctrlKey) return;
    if (event.key === "?") {
      const keys = document.getElementById("keys");
      keys.open ? keys.close() : keys.showModal();
      event.preventDefault();
      return;
    }
    if (document.querySelector("dialog[open]") || event.repeat) return;
    const control = find("key", event.key);
    const focused = find("focus", event.key);
    if (!control && !focused) return;
    event.preventDefault();
    if (document.querySelector(".htmx-request")) return; // an answer is under way: a second press would be for an item not seen yet
    control ? control.click() : focused.focus();
  });

  document.addEventListener("htmx:after:swap", () => {
    window.scrollTo(0, 0);
    document.getElementById("title")?.focus({ preventScroll: true });
  });
})();
