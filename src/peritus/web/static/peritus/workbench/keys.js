// Keys: digits by their position on the keyboard, commands by their character.
import { keysSetting } from "./store.js";

const TEXT = "textarea, select, input:not([type=radio]):not([type=checkbox]):not([type=hidden])";

export function isText(target) { return target instanceof Element && target.matches(TEXT); }

export function digitOf(event) {
  const found = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
  return found ? found[1] : null;
}

// Returns the name of what a key asks for, or null where the key is not ours.
export function commandOf(event) {
  if (event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return null;
  if (document.querySelector("dialog:modal")) return null;
  if (event.key === "Escape") return { name: "close" };
  if (event.key === "Enter" && event.ctrlKey) return { name: "submit" };
  if (isText(event.target) || event.ctrlKey || event.repeat || !keysSetting.on()) return null;
  const digit = digitOf(event);
  if (digit) return { name: "digit", digit, key: `${event.shiftKey ? "Shift+" : ""}Digit${digit}` };
  if (event.key === "Enter") return event.target.closest?.("a, button, summary") ? null : { name: "submit" };
  const name = {
    z: "undo", backspace: "undo", s: "skip", n: "note", c: "confidence", g: "guideline", "/": "guideline",
    "?": "keys", "[": "previous", "]": "next",
  }[event.key.toLowerCase()];
  return name ? { name } : null;
}
