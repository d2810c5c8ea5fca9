// What a scan came to, by ear: one note for what was read or is plain, two up, two level, two down; four for an alarm.

export const NOTES = { plain: [880], read: [880], grant: [660, 880], desk: [660, 660], refuse: [520, 390], alarm: [880, 440, 880, 440] };
const APART_S = 0.14;
let audio;

// The one place where the page sounds; awake, where the browser lets it be.
export function ready() {
  audio ??= new AudioContext();
  if (audio.state !== "running") audio.resume();
  return audio;
}

export function sound(tone) {
  if (!NOTES[tone]) return;
  try {
    const { currentTime } = ready();
    NOTES[tone].forEach((frequency, index) => note(frequency, currentTime + index * APART_S));
  } catch { /* A machine without sound still shows. */ }
}

function note(frequency, start) {
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0.15, start);
  gain.gain.exponentialRampToValueAtTime(0.001, start + 0.13);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(start);
  oscillator.stop(start + APART_S);
}
