// The sheet of keys. Whoever adds a key to the grid, the page or the viewer says it here too.

import { DamIcon } from "./icons.js";

const SHEET = [
  ["Everywhere", [["?", "These keys"], ["/", "Search"], ["Ctrl Z", "Undo"], ["Esc", "Leave what is open"]]],
  ["Gallery", [["← → ↑ ↓", "Move"], ["Enter", "Open"], ["Home End", "First, last"], ["Space", "Choose, or no more"], ["Shift ←→↑↓", "Choose from here to there"],
    ["Ctrl A", "Choose all"], ["T", "Tags of what is chosen"], ["Delete", "Move to the trash"]]],
  ["Viewer", [["← →", "Previous, next"], ["I", "Details"], ["Z", "Fit, or full size"], ["T", "Add a tag"], ["1 … 5", "Stars; 0 takes them away"], ["Delete", "Move to the trash"]]],
  ["Mouse and finger", [["Ring, Ctrl click", "Choose"], ["Shift click", "Choose up to here"], ["Hold a finger", "Choose"]]],
];

export const Keys = {
  components: { DamIcon },
  emits: ["close"],
  data: () => ({ sheet: SHEET }),
  mounted() { this.$refs.dialog.showModal(); },
  template: `
    <dialog ref="dialog" class="dam-question dam-jobs" aria-labelledby="dam-keys-title" @cancel.prevent="$emit('close')" @click.self="$emit('close')" @keydown.stop>
      <div class="dam-jobs-top"><h2 id="dam-keys-title">Keys</h2>
        <button class="dam-button" type="button" aria-label="Close" @click="$emit('close')"><DamIcon name="close" /></button></div>
      <div class="dam-keys"><section v-for="[part, keys] in sheet" :key="part" :aria-label="part"><h3>{{ part }}</h3>
        <dl><template v-for="[key, what] in keys" :key="key"><dt><kbd>{{ key }}</kbd></dt><dd>{{ what }}</dd></template></dl></section></div>
    </dialog>`,
};
