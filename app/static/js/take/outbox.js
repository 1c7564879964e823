/* Answers on this device that the server has not confirmed. One entry per attempt, item, person and
   open page, so that it outlives a reload, a crash and a second window; nothing leaves it before
   the server said "saved". */

const WORD = "lb-take";

function isOpen() {
  const key = `${WORD}:probe`;
  try {
    localStorage.setItem(key, key);
    localStorage.removeItem(key);
    return true;
  } catch {
    return false;
  }
}

export function openOutbox(user, attempt, client) {
  const mine = `${WORD}:${user}:${attempt}:`;
  const keyOf = (item) => `${mine}${item}:${client}`;
  let isDurable = isOpen();

  return {
    /** False when this browser keeps nothing: storage switched off, private window, full. */
    isDurable: () => isDurable,

    /** Keep an entry; false when this browser keeps nothing (then the page warns before it closes). */
    put(item, entry) {
      try {
        localStorage.setItem(keyOf(item), JSON.stringify({ ...entry, item, client }));
        isDurable = true;
      } catch {
        isDurable = false;
      }
      return isDurable;
    },

    drop(item) {
      try {
        localStorage.removeItem(keyOf(item));
      } catch {
        isDurable = false;
      }
    },

    /** Entries of earlier pages (reload, crash, another window), latest first, one an item. */
    left() {
      const found = [];
      try {
        for (let i = 0; i < localStorage.length; i += 1) {
          const key = localStorage.key(i);
          if (!key.startsWith(mine) || key.endsWith(`:${client}`)) continue;
          const raw = localStorage.getItem(key);
          found.push({ key, raw, ...JSON.parse(raw) });
        }
      } catch {
        isDurable = false;
      }
      found.sort((a, b) => b.at - a.at);
      return found.filter((one, index) => found.findIndex((x) => x.item === one.item) === index);
    },

    /** Forget an earlier page's entry, unless that page has written since. */
    dropLeft(entry) {
      try {
        if (localStorage.getItem(entry.key) === entry.raw) localStorage.removeItem(entry.key);
      } catch {
        isDurable = false;
      }
    },

    /** After the hand-in was confirmed: nothing of this attempt stays here. */
    clear() {
      try {
        const keys = Object.keys(localStorage).filter((key) => key.startsWith(mine));
        for (const key of keys) localStorage.removeItem(key);
      } catch {
        isDurable = false;
      }
    },
  };
}
