// What changes by itself: new files, what is analysed, questions and troubles, as a part of the page.

import { get, listen } from "./api.js";
import { count } from "./format.js";

const BETWEEN_REFRESHES = 700; // milliseconds
const MEASURED = 30_000; // milliseconds

export const Changes = {
  data: () => ({
    byType: {},
    membersByType: {}, // of what lies in archives only
    counts: null,
    rate: 0, // assets that are analysed a second
    activity: { doing: null, problems: [], troubles: [] },
    dismissed: [], // troubles that a person has read
    fresh: 0,
    conversations: [], // those that ask something
  }),
  computed: {
    isWorking() { return Boolean(this.counts?.pending); },
    troubles() { return this.activity.troubles.filter((one) => !this.dismissed.includes(one)); },
    looking() { return this.activity.doing?.message ?? ""; },
    progress() { return this.isWorking ? `${count(this.counts.done)} of ${count(this.counts.total)} analysed` : ""; },
    doneShare() { return this.counts?.total ? this.counts.done / this.counts.total : 0; },
  },
  created() { this.stale = new Set(); },
  mounted() {
    this.countTypes();
    this.listenToChanges();
  },
  unmounted() { this.source?.close(); },
  methods: {
    listenToChanges() {
      this.source = listen({
        open: () => this.state === "ready" && this.changed({ ids: [], new: 0, everything: true }),
        question: ({ items }) => { this.conversations = items; },
        activity: (activity) => {
          this.activity = activity;
          this.dismissed = this.dismissed.filter((one) => activity.troubles.includes(one)); // what comes again is told again
        },
        counts: (counts) => {
          this.measure(counts.done);
          const grown = counts.total !== this.counts?.total;
          this.counts = counts;
          if (grown) this.countTypesSoon();
        },
        assets: (changes) => this.changed(changes),
      });
    },
    /** How fast it goes, over the last half minute. */
    measure(done) {
      const now = performance.now();
      this.measured = [...(this.measured ?? []).filter((one) => one.at > now - MEASURED && one.done <= done), { at: now, done }];
      const [first] = this.measured;
      this.rate = now - first.at > 2000 ? ((done - first.done) * 1000) / (now - first.at) : 0;
    },
    answered(id, next) {
      this.conversations = this.conversations.flatMap((one) => (one.id !== id ? [one] : next ? [next] : []));
      if (!next) this.countTypesSoon(); // the trash may have been emptied
    },
    changed({ ids, new: added, everything }) {
      if (this.open && (everything || ids.includes(this.open.id))) this.revision++;
      if (everything) this.items.forEach((item) => this.stale.add(item.id));
      ids.forEach((id) => this.stale.add(id));
      this.grown = (this.grown ?? 0) + added;
      this.refreshing ??= setTimeout(() => this.refresh(), BETWEEN_REFRESHES - Math.min(BETWEEN_REFRESHES, performance.now() - (this.refreshedAt ?? -1e9)));
    },
    async refresh() {
      if (this.asking) return void (this.refreshing = setTimeout(() => this.refresh(), BETWEEN_REFRESHES / 4));
      const [stale, grown] = [this.stale, this.grown];
      this.stale = new Set();
      this.grown = 0;
      if (grown) await this.countTypes(); // what was found in an archive is new, but this list may not have it
      const more = this.total - (this.totalBefore ?? this.total);
      this.totalBefore = this.total;
      if (this.grid.isAtTop && !this.open) {
        await this.reload({ quietly: true });
      } else {
        this.fresh += Math.max(0, Math.min(grown, more));
        const left = await this.renew(stale);
        left.forEach((id) => this.stale.add(id));
      }
      this.refreshedAt = performance.now();
      this.refreshing = null;
    },
    async renew(stale) {
      const [first, last] = this.grid.inView();
      for (const page of this.pages.filter((one) => one.end > first && one.start <= last)) {
        if (!this.items.slice(page.start, page.end).some((item) => stale.has(item.id))) continue;
        try {
          const newer = new Map((await get(this.path(page.cursor, page.limit))).items.map((item) => [item.id, item]));
          newer.forEach((_, id) => stale.delete(id));
          this.put(this.items.map((item) => newer.get(item.id) ?? item), this.cursor);
        } catch { /* stays stale; the next change asks again */ }
      }
      return stale;
    },
    countTypesSoon() {
      this.counting ??= setTimeout(() => this.countTypes(), 1000);
    },
    async countTypes() {
      this.counting = null;
      try {
        const stats = await get("/stats");
        Object.assign(this, { byType: this.inTrash ? {} : stats.by_type, membersByType: (!this.inTrash && stats.members_by_type) || {}, trashed: stats.trashed });
        this.totalBefore ??= this.total;
      } catch { /* the chips stay as they are */ }
    },
  },
};
