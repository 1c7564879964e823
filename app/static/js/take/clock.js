/* The server's clock as this page knows it. Between two answers the larger of two local clocks
   counts: one stops while the device sleeps, the other can be set back by hand. Whether time is
   really up is asked of the server, never decided here. */

export function openClock(serverNow, deadline) {
  const state = { server: Date.parse(serverNow), deadline: deadline ? Date.parse(deadline) : null };
  let ticks = performance.now();
  let wall = Date.now();

  return {
    /** Take over what the server said. */
    set(now, newDeadline) {
      state.server = Date.parse(now);
      state.deadline = newDeadline ? Date.parse(newDeadline) : null;
      ticks = performance.now();
      wall = Date.now();
    },
    now() {
      return state.server + Math.max(performance.now() - ticks, Date.now() - wall, 0);
    },
    /** True when the two local clocks disagree: the device slept, or its clock was set. */
    isDoubtful() {
      return Math.abs(performance.now() - ticks - (Date.now() - wall)) > 2000;
    },
    /** Milliseconds left, null without a limit. */
    left() {
      return state.deadline === null ? null : state.deadline - this.now();
    },
    get deadline() {
      return state.deadline;
    },
  };
}

/** `18:42`, above an hour `1:02:03`. */
export function shownLeft(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}
