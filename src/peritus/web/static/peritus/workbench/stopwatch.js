// Active time on one item: counts while the page is visible and focused, with an idle limit.
// Who reads without touching anything is asked, and keeps the time with one key.
import { times } from "./store.js";

const SIGNS = ["keydown", "pointermove", "pointerdown", "wheel", "touchstart"];

export class Stopwatch {
  constructor({ onTick, onPause }) {
    this.onTick = onTick; this.onPause = onPause;
    this.lease = null; this.ms = 0; this.from = null; this.sign = 0; this.idle = 0; this.stretch = 0;
    for (const sign of SIGNS) document.addEventListener(sign, () => this.seen(), { passive: true, capture: true });
    document.addEventListener("scroll", () => this.seen(), { passive: true, capture: true });
    for (const name of ["visibilitychange", "pagehide"]) document.addEventListener(name, () => this.follow());
    for (const name of ["focus", "blur"]) window.addEventListener(name, () => this.follow());
    setInterval(() => this.tick(), 1000);
  }
  start(lease, idleMinutes) {
    this.stop(); this.lease = lease; this.idle = idleMinutes * 60000;
    this.ms = times.of(lease); this.sign = Date.now(); this.asked = false; this.follow();
  }
  stop() { this.count(); this.from = null; this.lease = null; this.asked = false; }
  get seconds() { this.count(); return Math.round(this.ms / 1000); }
  seen() { if (!this.asked) this.sign = Date.now(); }
  follow() {
    this.count();
    const here = this.lease && !this.asked && document.visibilityState === "visible" && document.hasFocus();
    if (here && this.from === null) { this.from = Date.now(); this.sign = this.from; }
    if (!here) this.from = null;
  }
  count() {
    if (this.from === null) return;
    const now = Date.now();
    this.ms += now - this.from; this.from = now;
    if (this.lease) times.keep(this.lease, this.ms);
  }
  tick() {
    this.follow();
    if (this.from !== null && Date.now() - this.sign >= this.idle) this.ask();
    if (this.lease) this.onTick(this.ms);
  }
  ask() {
    this.stretch = Math.min(this.from - this.sign, this.ms);
    this.ms -= this.stretch; times.keep(this.lease, this.ms);
    this.asked = true; this.from = null;
    this.onPause(new Date(), Math.round(this.stretch / 60000));
  }
  answer(keep) {
    if (keep) this.ms += this.stretch;
    this.stretch = 0; this.asked = false; this.sign = Date.now();
    if (this.lease) times.keep(this.lease, this.ms);
    this.follow();
  }
}
