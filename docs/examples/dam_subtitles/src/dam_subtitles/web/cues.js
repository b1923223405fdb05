// The tab "Cues": what is said in the subtitle that is shown, and when.

/** A moment in a film: 1:02:03. */
export function clock(second) {
  const whole = Math.floor(second);
  const two = (number) => String(number).padStart(2, "0");
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

/** Fills the element for one asset; called each time another one is shown. */
export default async function show(element, asset, { get }) {
  const list = document.createElement("dl");
  list.className = "subtitle-cues";
  for (const cue of await get(`/cues/${asset.id}`)) {
    const time = document.createElement("dt");
    const text = document.createElement("dd");
    time.textContent = clock(cue.second);
    text.textContent = cue.text; // text, never markup: it is what a file says
    list.append(time, text);
  }
  element.append(list);
}
