// Preloaded into a process (node --import), it moves the wall clock of that process by as many milliseconds as stand in the
// file CLOCK_OFFSET_FILE, whenever the process is sent SIGUSR2. The monotonic clock goes on, as when a machine's time is set.
import { readFileSync } from "node:fs";

const RealDate = Date;
let offsetMs = 0;

globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + offsetMs);
    else super(...given);
  }

  static now() {
    return RealDate.now() + offsetMs;
  }
};

process.on("SIGUSR2", () => {
  offsetMs = Number(readFileSync(process.env.CLOCK_OFFSET_FILE, "utf8"));
  process.stderr.write(`the clock is ${offsetMs} ms off\n`);
});
