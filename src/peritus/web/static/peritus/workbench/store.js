// What the browser keeps so that nothing typed is lost: answers on their way, drafts, time.
const WEEK = 7 * 24 * 3600 * 1000;
const PREFIX = "peritus:";

function read(name) {
  try { return JSON.parse(localStorage.getItem(PREFIX + name)); } catch { return null; }
}
function write(name, value) {
  try { localStorage.setItem(PREFIX + name, JSON.stringify(value)); return true; } catch { return false; }
}

// Each answer has a replay key: whoever sends it twice, the server takes it once.
export const outbox = {
  all: () => read("outbox") || [],
  put(entry) { return write("outbox", [...this.all().filter((each) => each.key !== entry.key), entry]); },
  remove(key) { write("outbox", this.all().filter((each) => each.key !== key)); },
};

export const drafts = {
  of: (lease) => read(`draft:${lease}`)?.text || "",
  keep(lease, text) {
    if (text) return write(`draft:${lease}`, { text, at: Date.now() });
    localStorage.removeItem(`${PREFIX}draft:${lease}`);
    return false;
  },
  dropOld() {
    for (const name of Object.keys(localStorage)) {
      if (!name.startsWith(`${PREFIX}draft:`) && !name.startsWith(`${PREFIX}time:`)) continue;
      const kept = read(name.slice(PREFIX.length));
      if (!kept || Date.now() - kept.at > WEEK) localStorage.removeItem(name);
    }
  },
};

export const times = {
  of: (lease) => read(`time:${lease}`)?.ms || 0,
  keep: (lease, ms) => write(`time:${lease}`, { ms, at: Date.now() }),
  drop: (lease) => localStorage.removeItem(`${PREFIX}time:${lease}`),
};

export const keysSetting = {
  on: () => read("keys") !== "off",
  set: (on) => write("keys", on ? "on" : "off"),
};
