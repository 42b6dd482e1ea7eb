"use strict";
// The report's own script. Texts of the site are only ever set as text, addresses only where they
// are the web's; nothing is fetched. Long lists are made when they are opened, a hundred at a time.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { findings, items, rules } = data;
  const count = findings.rule.length;
  const SEVERITIES = ["error", "warning", "notice"];
  const AT_ONCE = 100;
  const collator = new Intl.Collator("en", { numeric: true });
  const number = new Intl.NumberFormat("en");

  const make = (name, given = {}, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(given)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  };
  const draw = (name, given) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(given)) node.setAttribute(key, value);
    return node;
  };
  const linked = (url, text, label) => {
    if (!/^https?:\/\//i.test(url)) return document.createTextNode(text || url);
    const given = { href: url, rel: "noreferrer noopener", target: "_blank" };
    if (label) given["aria-label"] = label;
    return make("a", given, text || url);
  };
  const plural = (n, word) => `${number.format(n)} ${word}${n === 1 ? "" : "s"}`;
  const coded = (text) => text.split("`").map((part, n) => (n % 2 ? make("code", {}, part) : part));
  const NAMES = { category: "Categories", post_tag: "Tags" };
  const titleOf = (item) => items[item][2] || `${items[item][0]} ${items[item][1]}`;

  // -- what is looked for: kept in the address, so that a view can be sent to somebody
  const form = document.querySelector("form.filters");
  const fill = (name, values) => {
    for (const value of values) form.elements[name].append(make("option", { value }, value));
  };
  for (const family of [...new Set(rules.map((rule) => rule.family))].sort()) {
    form.elements.family.append(make("option", { value: family }, data.families[family] || family));
  }
  fill("rule", rules.map((rule) => rule.id).sort());
  fill("author", [...data.authors].sort(collator.compare));
  fill("category", [...data.categories].sort(collator.compare));

  const words = [];
  const searched = (n) => {
    if (words[n] === undefined) {
      const excerpt = findings.excerpt[n];
      const item = items[findings.item[n]];
      words[n] = [findings.message[n], item[2], item[3], findings.target[n], excerpt ? excerpt[0] : ""]
        .join("\n").toLowerCase();
    }
    return words[n];
  };

  const chosen = () => Object.fromEntries(
    [...new FormData(form)].filter(([key, value]) => value && !(key === "group" && value === "rule") && !(key === "sort" && value === "severity")),
  );

  const wanted = (given) => {
    const asked = (given.q || "").toLowerCase().split(/\s+/).filter(Boolean);
    const severity = SEVERITIES.indexOf(given.severity);
    const found = [];
    for (let n = 0; n < count; n += 1) {
      const rule = rules[findings.rule[n]];
      const item = items[findings.item[n]];
      if (findings.muted[n] && !given.muted) continue;
      if (given.fresh && !findings.fresh[n]) continue;
      if (severity >= 0 && findings.severity[n] !== severity) continue;
      if (given.certain && findings.certain[n] !== Number(given.certain)) continue;
      if (given.family && rule.family !== given.family) continue;
      if (given.rule && rule.id !== given.rule) continue;
      if (given.author && data.authors[item[5]] !== given.author) continue;
      if (given.category && !item[6].some((one) => data.categories[one] === given.category)) continue;
      if (asked.length && !asked.every((word) => searched(n).includes(word))) continue;
      found.push(n);
    }
    return found;
  };

  const grouped = (numbers, by) => {
    const groups = new Map();
    for (const n of numbers) {
      let key;
      if (by === "target") {
        if (!findings.target[n]) continue;
        key = findings.target[n];
      } else key = by === "item" ? findings.item[n] : findings.rule[n];
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(n);
    }
    return [...groups].map(([key, members]) => ({
      key,
      members,
      gravest: Math.min(...members.map((n) => findings.severity[n])),
      newest: members.reduce((last, n) => (findings.since[n] > last ? findings.since[n] : last), ""),
      name: by === "target" ? key : by === "item" ? titleOf(key) : rules[key].id,
    }));
  };

  const ORDERS = {
    severity: (a, b) => a.gravest - b.gravest || b.members.length - a.members.length || collator.compare(a.name, b.name),
    count: (a, b) => b.members.length - a.members.length || collator.compare(a.name, b.name),
    name: (a, b) => collator.compare(a.name, b.name),
    since: (a, b) => (a.newest < b.newest ? 1 : a.newest > b.newest ? -1 : collator.compare(a.name, b.name)),
  };

  // -- the list
  const severityTag = (severity) => make("span", { class: `tag ${SEVERITIES[severity]}` }, SEVERITIES[severity]);
  const quoted = ([text, start, end]) => {
    const signs = [...text];
    const quote = make("blockquote");
    quote.append(signs.slice(0, start).join(""));
    if (end > start) quote.append(make("mark", {}, signs.slice(start, end).join("")));
    quote.append(signs.slice(Math.max(start, end)).join(""));
    return quote;
  };
  const entry = (n, by) => {
    const [kind, id, , url, edit] = items[findings.item[n]];
    const title = titleOf(findings.item[n]);
    const line = make("li", findings.muted[n] ? { class: "muted" } : {});
    const head = make("div");
    if (by !== "rule") head.append(severityTag(findings.severity[n]), " ", make("code", {}, rules[findings.rule[n]].id), " ");
    if (by !== "item") head.append(make("strong", {}, title), " ");
    if (!findings.certain[n]) head.append(make("span", { class: "tag plain" }, "needs review"), " ");
    if (findings.fresh[n]) head.append(make("span", { class: "tag plain" }, "new"), " ");
    line.append(head, make("div", {}, findings.message[n]));
    if (findings.excerpt[n]) line.append(quoted(findings.excerpt[n]));
    const links = make("div", { class: "links dim" });
    if (url) links.append(linked(url, "See it", `See it: ${title}`));
    if (edit) links.append(linked(edit, "Edit it", `Edit it: ${title}`));
    links.append(`${kind} ${id}`);
    if (findings.since[n]) links.append(` · since ${findings.since[n]}${findings.by[n] ? ` (${findings.by[n]})` : ""}`);
    if (findings.muted[n]) links.append(` · muted: ${findings.muted[n]}`);
    line.append(links);
    return line;
  };
  const box = (group, by) => {
    const head = make("summary");
    head.append(make("span", { class: "n" }, number.format(group.members.length)), severityTag(group.gravest), " ");
    if (by === "rule") {
      const rule = rules[group.key];
      head.append(make("strong", {}, ...coded(rule.reason)), make("p", {}, ...coded(rule.fix), " ", make("code", {}, rule.id)));
    } else head.append(make("strong", {}, group.name));
    const details = make("details", {}, head);
    details.addEventListener("toggle", () => {
      if (!details.open || details.querySelector("ol")) return;
      const list = make("ol");
      details.append(list);
      let shown = 0;
      const more = make("button", { type: "button" });
      const next = () => {
        const some = group.members.slice(shown, shown + AT_ONCE);
        list.append(...some.map((n) => entry(n, by)));
        shown += some.length;
        const left = group.members.length - shown;
        if (left > 0) more.textContent = `Show ${number.format(Math.min(left, AT_ONCE))} of ${number.format(left)} more`;
        else more.remove();
      };
      more.addEventListener("click", next);
      details.append(more);
      next();
    });
    return details;
  };
  const list = document.getElementById("list");
  const told = document.getElementById("told");
  const show = () => {
    const given = chosen();
    const by = given.group || "rule";
    const numbers = wanted(given);
    const groups = grouped(numbers, by).sort(ORDERS[given.sort || "severity"]);
    const inGroups = groups.reduce((sum, group) => sum + group.members.length, 0);
    const what = { rule: "rule", item: "post or other item", target: "link target" }[by];
    const things = { rule: "rules", item: "posts and other items", target: "link targets" }[by];
    told.textContent = `${plural(inGroups, "finding")} in ${groups.length === 1 ? `1 ${what}` : `${number.format(groups.length)} ${things}`}`
      + (inGroups < numbers.length ? `; ${number.format(numbers.length - inGroups)} have no link target` : "");
    list.replaceChildren();
    let shown = 0;
    const more = make("button", { type: "button" });
    const next = () => {
      list.append(...groups.slice(shown, shown + AT_ONCE).map((group) => box(group, by)));
      shown = Math.min(groups.length, shown + AT_ONCE);
      if (shown < groups.length) {
        more.textContent = `Show ${number.format(Math.min(AT_ONCE, groups.length - shown))} of ${number.format(groups.length - shown)} more`;
        list.append(more);
      } else more.remove();
    };
    more.addEventListener("click", next);
    next();
    if (groups.length === 1) list.querySelector("details").open = true;
  };

  // -- categories and tags
  const taxonomy = document.getElementById("part-taxonomy");
  const showTaxonomy = () => {
    if (taxonomy.childElementCount) return;
    const graveness = rules.map(() => 2);
    findings.rule.forEach((rule, n) => { graveness[rule] = Math.min(graveness[rule], findings.severity[n]); });
    for (const { taxonomy: name, terms } of data.taxonomies) {
      const troubled = terms.filter((term) => term[3].length).length;
      taxonomy.append(make("h2", {}, `${NAMES[name] || name}: ${plural(terms.length, "term")}, ${number.format(troubled)} with findings`));
      const tree = make("ul", { class: "tree" });
      const line = ([term, depth, posts, hit, byDefault]) => {
        const node = make("li", depth ? { class: `d${Math.min(depth, 4)}` } : {});
        node.append(term, " ", make("span", { class: "dim" }, plural(posts, "post")), byDefault ? " (default)" : "", " ");
        for (const rule of hit) {
          const { id, reason } = rules[rule];
          node.append(make("a", { class: `tag ${SEVERITIES[graveness[rule]]}`, href: `#findings?rule=${encodeURIComponent(id)}&q=${encodeURIComponent(term)}`, title: reason }, id.split("/")[1].replaceAll("-", " ")), " ");
        }
        return node;
      };
      let shown = 0;
      const more = make("button", { type: "button" });
      const next = () => {
        tree.append(...terms.slice(shown, shown + 500).map(line));
        shown += 500;
        if (shown < terms.length) more.textContent = `Show ${number.format(Math.min(500, terms.length - shown))} of ${number.format(terms.length - shown)} more`;
        else more.remove();
      };
      more.addEventListener("click", next);
      taxonomy.append(tree, more);
      next();
    }
    if (!data.taxonomies.length) taxonomy.append(make("p", {}, "There are no terms."));
  };

  // -- related posts: dots that push each other away, held together by their lines
  const related = document.getElementById("part-related");
  const laidOut = (nodes, lines) => {
    const golden = Math.PI * (3 - Math.sqrt(5));
    const at = nodes.map((_, n) => {
      const far = 18 * Math.sqrt(n + 0.5);
      return [far * Math.cos(n * golden), far * Math.sin(n * golden)];
    });
    for (let step = 0; step < 220; step += 1) {
      const heat = 9 * (1 - step / 220) + 0.3;
      const push = at.map(([x, y]) => [-x * 0.012, -y * 0.012]);
      for (let one = 0; one < at.length; one += 1) {
        for (let other = one + 1; other < at.length; other += 1) {
          const [dx, dy] = [at[one][0] - at[other][0], at[one][1] - at[other][1]];
          const force = 260 / (dx * dx + dy * dy + 0.5);
          push[one][0] += dx * force; push[one][1] += dy * force;
          push[other][0] -= dx * force; push[other][1] -= dy * force;
        }
      }
      for (const [one, other] of lines) {
        const [dx, dy] = [at[other][0] - at[one][0], at[other][1] - at[one][1]];
        push[one][0] += dx * 0.05; push[one][1] += dy * 0.05;
        push[other][0] -= dx * 0.05; push[other][1] -= dy * 0.05;
      }
      at.forEach((point, n) => {
        const far = Math.hypot(...push[n]) || 1;
        point[0] += (push[n][0] / far) * Math.min(far, heat);
        point[1] += (push[n][1] / far) * Math.min(far, heat);
      });
    }
    return at;
  };
  const listed = (title, rows) => {
    if (!rows.length) return [];
    const lines = rows.map(([name, url, extra]) => make("li", {}, linked(url, name), extra ? make("span", { class: "dim" }, ` ${extra}`) : ""));
    return [make("h3", {}, title), make("ul", {}, ...lines)];
  };
  const showRelated = () => {
    if (related.childElementCount) return;
    const { graph } = data;
    related.append(make("h2", {}, "Who lists whom"));
    if (!graph.edges) {
      related.append(make("p", {}, "No post lists related posts."));
      return;
    }
    const alone = graph.islands.reduce((sum, size) => sum + size, 0);
    related.append(make("p", {}, `${plural(graph.posts, "post")}, ${plural(graph.edges, "entry").replace("entrys", "entries")}. ${number.format(graph.main)} hang together; `
      + `${number.format(graph.islands.length)} ${graph.islands.length === 1 ? "island has" : "islands have"} ${plural(alone, "post")}; ${plural(graph.orphan_count, "post")} list nobody and are listed by nobody.`));
    const at = laidOut(graph.nodes, graph.lines);
    const xs = at.map(([x]) => x); const ys = at.map(([, y]) => y);
    const [left, top] = [Math.min(...xs) - 14, Math.min(...ys) - 14];
    const svg = draw("svg", { class: "graph", role: "img", viewBox: `${left} ${top} ${Math.max(...xs) - left + 14} ${Math.max(...ys) - top + 14}` });
    svg.setAttribute("aria-label", `Picture of ${plural(graph.nodes.length, "post")} and who lists whom; the lists below say the same in words.`);
    for (const [one, other] of graph.lines) svg.append(draw("line", { x1: at[one][0], y1: at[one][1], x2: at[other][0], y2: at[other][1] }));
    graph.nodes.forEach(([title, , component, ins], n) => {
      const dot = draw("circle", { cx: at[n][0], cy: at[n][1], r: 3 + Math.min(7, Math.sqrt(ins)), class: component ? "island" : "main" });
      const name = draw("title", {});
      name.textContent = `${title} (listed by ${ins})`;
      dot.append(name);
      svg.append(dot);
    });
    related.append(svg);
    const islands = new Map();
    for (const [title, url, component, ins, outs] of graph.nodes) {
      if (!component) continue;
      if (!islands.has(component)) islands.set(component, []);
      islands.get(component).push([title, url, `lists ${outs}, listed by ${ins}`]);
    }
    for (const [component, rows] of [...islands].sort(([a], [b]) => a - b)) related.append(...listed(`Island ${component}`, rows));
    related.append(...listed("Listing nobody, listed by nobody", graph.orphans));
    const hubs = graph.nodes.filter((node) => !node[2]).sort((a, b) => b[3] - a[3]).slice(0, 20);
    related.append(...listed("Listed most", hubs.map(([title, url, , ins, outs]) => [title, url, `listed by ${ins}, lists ${outs}`])));
  };

  // -- which part is shown; no element has an address as its id, or the browser would scroll to it
  const views = ["overview", "findings", "taxonomy", "related"];
  const buttons = [...document.querySelectorAll("nav button")];
  const onScreen = (view) => {
    for (const name of views) document.getElementById(`part-${name}`).hidden = name !== view;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.view === view));
    if (view === "findings") show();
    if (view === "taxonomy") showTaxonomy();
    if (view === "related") showRelated();
  };
  const fromAddress = () => {
    const [view, query] = location.hash.slice(1).split("?");
    if (view === "main") return;
    if (view === "findings") {
      const given = new URLSearchParams(query || "");
      form.reset();
      for (const field of form.elements) {
        if (!field.name) continue;
        const value = given.get(field.name);
        if (field.type === "checkbox") field.checked = Boolean(value);
        else if (value !== null) field.value = value;
      }
    }
    onScreen(views.includes(view) ? view : "overview");
    window.scrollTo(0, 0);
  };
  for (const button of buttons) {
    button.addEventListener("click", () => { location.hash = button.dataset.view; });
  }
  window.addEventListener("hashchange", () => {
    fromAddress();
    if (document.activeElement === document.body) document.getElementById("main").focus({ preventScroll: true });
  });
  let waiting = 0;
  const changed = () => {
    const query = new URLSearchParams(chosen()).toString();
    history.replaceState(null, "", `#findings${query ? `?${query}` : ""}`);
    show();
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", changed);
  form.addEventListener("input", (event) => {
    if (event.target.type !== "search") return;
    clearTimeout(waiting);
    waiting = setTimeout(changed, 150);
  });
  form.addEventListener("reset", () => setTimeout(changed));
  fromAddress();
})();
