// Throwing away, taking back and undoing, as a part of the page: what is chosen, the bars, and the note with its "Undo".

import { post } from "./api.js";
import { assets, count } from "./format.js";

const SHOWN = 10_000; // milliseconds that a note stays
const PASSING = [0, 503]; // the server is away, or busy: it can be undone later

export const Trash = {
  data: () => ({
    trashed: 0, // how many assets are in the trash
    inTrash: new URLSearchParams(location.search).has("trash"),
    chosen: 0,
    note: null, // {text, action}
  }),
  created() { this.undoable = []; }, // what was done on this page, the last at the end
  methods: {
    /** What a key means: what is chosen, else the active one. */
    meant() {
      const active = this.items[this.grid.active];
      return this.grid.chosen.size ? [...this.grid.chosen] : active ? [active.id] : [];
    },
    async throwAway(ids = this.meant()) {
      if (ids.length) await this.change("/trash", { ids }, ids, "moved to the trash");
    },
    async takeBack(ids = this.meant()) {
      if (ids.length) await this.change("/trash/restore", { ids }, ids, "taken out of the trash");
    },
    async change(path, body, ids, words) {
      try {
        const done = await post(path, body);
        this.tell(`${assets(done.changed)} ${words}`, done.action);
        this.leave(new Set(ids));
      } catch (error) {
        this.tell(error.message);
      }
    },
    /** Take assets off the page; the viewer goes on to the next one. */
    leave(ids) {
      const index = this.open?.index ?? -1;
      const left = this.items.filter((item) => !ids.has(item.id));
      if (this.open && ids.has(this.open.id)) {
        const next = index >= 0 ? left[Math.min(index, left.length - 1)] : null;
        if (next) {
          this.open = { id: next.id, index: left.indexOf(next) };
          history.replaceState(history.state, "", this.address());
        } else {
          this.close();
        }
      }
      const active = this.grid.active;
      this.grid.choose(null);
      this.put(left, this.cursor);
      if (active >= 0 && left.length && !this.open) this.grid.activate(active);
      this.countTypes();
    },
    async emptyTrash() {
      try {
        const answer = await post("/trash/empty", {});
        if (answer.conversation) this.conversations = [...this.conversations.filter((one) => one.id !== answer.conversation.id), answer.conversation];
        else this.tell("The trash is empty.");
      } catch (error) {
        this.tell(error.message);
      }
    },
    async undo(action = this.undoable[this.undoable.length - 1]) {
      if (!action) return;
      this.undoable = this.undoable.filter((one) => one !== action);
      try {
        const done = await post("/undo", { action });
        await this.reload({ quietly: true });
        if (this.tagging && this.chosen > this.items.length) await this.all(); // what they carry has changed
        this.tell(`Undone: ${assets(done.changed)}`); // once it is seen
        this.countTypes();
      } catch (error) {
        if (PASSING.includes(error.status)) this.undoable.push(action);
        this.tell(error.message);
      }
    },
    chooseNone() { this.grid.choose(null); },
    /** Show a note; with an action it can be undone, by the note or by Ctrl+Z. */
    tell(text, action = null) {
      if (action) this.undoable.push(action);
      this.note = { text, action };
      clearTimeout(this.noting);
      this.noting = setTimeout(() => { this.note = null; }, SHOWN);
    },
    toTrash(inTrash) {
      Object.assign(this, { inTrash, query: "", types: [], members: null });
      history.pushState(null, "", this.address(null));
      this.otherList();
      this.countTypes();
    },
    /** The list becomes that of the trash, or of the library; what was listed until now is not in it, so no key may mean it. */
    otherList() {
      this.grid.choose(null);
      this.grid.active = -1;
      this.put([], null);
      this.reload();
    },
  },
};

/** What the page shows of it: `$root` is the page. */
export const TRASH_BARS = `
  <div v-if="chosen || inTrash" class="dam-bar" role="toolbar" aria-label="What is chosen">
    <strong v-if="inTrash && !chosen">Trash</strong><span v-if="chosen">{{ count(chosen) }} chosen</span>
    <span v-else class="dam-quiet">Nothing here is lost until the trash is emptied; files in your folders are never deleted.</span>
    <button v-if="chosen && !inTrash" class="dam-button" type="button" title="Give and take tags (T)" :aria-expanded="tagging" @click="tagging ? endTagging() : beginTagging()"><DamIcon name="tag" />Tags</button>
    <button v-if="chosen && !inTrash" class="dam-button" type="button" title="Move to trash (Delete)" @click="throwAway()"><DamIcon name="trash" />Move to trash</button>
    <button v-if="chosen && inTrash" class="dam-button" type="button" @click="takeBack()"><DamIcon name="restore" />Restore</button>
    <button v-if="chosen" class="dam-button" type="button" @click="chooseNone">Choose none</button>
    <button v-if="inTrash && !chosen && shown" class="dam-button" type="button" @click="emptyTrash"><DamIcon name="trash" />Empty the trash…</button>
    <button v-if="inTrash && !chosen" class="dam-button" type="button" @click="toTrash(false)"><DamIcon name="back" />Library</button>
  </div>`;

export const TRASH_NOTE = `
  <p class="dam-outcome dam-note" role="status" :class="{ 'dam-hidden': !note }">{{ note ? note.text : "" }}
    <button v-if="note && note.action" class="dam-action" type="button" @click="undo(note.action)">Undo</button>
    <button v-if="note" class="dam-button" type="button" aria-label="Dismiss" @click="note = null"><DamIcon name="close" /></button></p>`;
