"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const PAGE = 25, PRINTED = 150;
  const long = new Set(["description", "message", "reason", "record", "note"]);
  const numeric = new Set(["count", "hours", "decimal", "money"]);
  const collator = new Intl.Collator(undefined, { numeric: true });
  const made = [];

  // Entries are embedded by draft and line; here they get both back.
  const entries = data.invoice_entries;
  const entriesOf = new Map();
  for (const [invoice, line, rows] of entries ? entries.rows : []) entriesOf.set(invoice + "\n" + line, rows);
  const allEntries = () => ({
    columns: [["invoice_id", "Draft", "text"], ["line_no", "Line", "count"], ...entries.columns],
    rows: entries.rows.flatMap(([invoice, line, rows]) => rows.map((row) => [invoice, String(line), ...row])),
  });

  const column = (table, name) => table.columns.findIndex(([known]) => known === name);
  const groupBy = (table, names) => {
    const at = names.map((name) => column(table, name)), groups = new Map();
    for (const row of table.rows) {
      const key = at.map((place) => row[place]).join("\n");
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(row);
    }
    return groups;
  };
  const draftsOf = groupBy(data.invoices, ["customer_id", "currency"]);
  const linesOf = groupBy(data.invoice_lines, ["invoice_id"]);

  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  // Figures are texts with a point; they are grouped, and hours rounded half away from zero, without a float.
  const grouped = (text) => {
    const [whole, fraction] = text.replace("-", "").split(".");
    const digits = whole.replace(/\B(?=(\d{3})+$)/g, ",");
    return (text.startsWith("-") ? "\u2212" : "") + digits + (fraction === undefined ? "" : "." + fraction);
  };
  const twoDecimals = (text) => {
    const [whole, fraction = ""] = text.replace("-", "").split(".");
    const scaled = BigInt(whole + fraction.padEnd(10, "0"));
    const rounded = String((scaled + 50000000n) / 100000000n).padStart(3, "0");
    const sign = text.startsWith("-") && /[1-9]/.test(rounded) ? "-" : "";
    return sign + rounded.slice(0, -2) + "." + rounded.slice(-2);
  };
  // Hours and minutes, rounded half away from zero.
  const clock = (text) => {
    const [whole, fraction = ""] = text.replace("-", "").split(".");
    const minutes = (BigInt(whole + fraction.padEnd(10, "0")) * 60n + 5000000000n) / 10000000000n;
    return (text.startsWith("-") && minutes > 0n ? "-" : "") + String(minutes / 60n) + ":" + String(minutes % 60n).padStart(2, "0");
  };
  const hoursShown = data.hours_form === "clock" ? clock : (text) => grouped(twoDecimals(text));
  const shown = (value, kind) => {
    if (value === null || value === undefined) return "";
    if (kind === "flag") return value ? "yes" : "no";
    if (kind === "hours") return hoursShown(value).replace("-", "\u2212");
    return numeric.has(kind) ? grouped(value) : String(value);
  };

  // Sums of texts with a point, exact.
  const scale = 10;
  const units = (text) => {
    const [whole, fraction = ""] = text.replace("-", "").split(".");
    const size = BigInt(whole + fraction.padEnd(scale, "0"));
    return text.startsWith("-") ? -size : size;
  };
  const decimalText = (units, decimals) => {
    const digits = String(units < 0n ? -units : units).padStart(scale + 1, "0");
    const text = digits.slice(0, -scale) + (decimals > 0 ? "." + digits.slice(-scale).slice(0, decimals) : "");
    return (units < 0n ? "-" : "") + text;
  };

  // Figures of credit notes are positive, and count negative in sums.
  const creditNotes = new Set(data.invoices.rows.filter((row) => row[column(data.invoices, "kind")] === "credit note").map((row) => row[column(data.invoices, "invoice_id")]));
  const counted = new Set(["drafts", "lines", "entries"]), never = new Set(["remaining_hours", "exported", "computed", "difference"]);
  const summed = ({ name, kind }) => kind === "money" || (kind === "hours" && !never.has(name)) || (kind === "count" && counted.has(name));

  // A row of sums for each currency, in the order in which currencies come. The lines of one credit note are summed as they stand.
  function sums(source, columns, rows, asTheyStand) {
    const of = columns.filter(summed), currency = column(source, "currency");
    const invoice = asTheyStand || column(source, "net_amount") < 0 ? -1 : column(source, "invoice_id");
    if (!of.length || rows.length < 2) return [];
    const totals = new Map();
    for (const row of rows) {
      const key = currency < 0 ? "" : row[currency] ?? "";
      if (!totals.has(key)) totals.set(key, of.map(() => [0n, 0, false]));
      const sign = invoice >= 0 && creditNotes.has(row[invoice]) ? -1n : 1n;
      of.forEach(({ at }, place) => {
        const text = row[at], total = totals.get(key)[place];
        if (text === null || text === undefined) return;
        total[0] += sign * units(text);
        total[1] = Math.max(total[1], (text.split(".")[1] || "").length);
        total[2] = true;
      });
    }
    const keys = [...totals.keys()].filter((key) => key !== "");
    if (totals.has("")) keys.push("");
    return keys.map((key) => ({
      title: keys.length > 1 ? (key === "" ? "Total without a price" : "Total " + key) : "Total",
      cells: new Map(of.map(({ at }, place) => [at, totals.get(key)[place]])),
    }));
  }

  const compare = (kind) => (a, b) => {
    if (a === null || b === null) return (a === null) - (b === null);
    if (kind === "flag") return Number(b) - Number(a);
    return numeric.has(kind) ? Number(a) - Number(b) : collator.compare(a, b);
  };

  const sameOnce = new Set(["company", "kind", "period_from", "period_to", "currency", "late", "note", "uom", "invoicing_policy", "rounding_amount", "severity"]);
  const rare = new Set(["rounding_amount", "discount_pct"]);
  let ids = 0;

  function table(host, source, options) {
    const { title, filter, open, alarm, cut, hide = [], nested = false } = options;
    // Room is scarce: a column in which no row has a value takes none, and inside another table neither does one of noughts.
    const says = (value, kind, name) => value !== null && value !== "" && !((nested || rare.has(name)) && numeric.has(kind) && Number(value) === 0) && !(nested && value === false);
    const hasValue = (at, kind, name) => source.rows.some((row) => says(row[at], kind, name));
    // Neither does one that says the same in every row: that is said once, above the table.
    const equal = ({ name, at }, place) => place > 0 && sameOnce.has(name) && source.rows.length > 1 && source.rows.every((row) => row[at] === source.rows[0][at]);
    const filled = source.columns.map(([name, label, kind], at) => ({ name, label, kind, at }))
      .filter(({ name, kind, at }) => !hide.includes(name) && hasValue(at, kind, name));
    const same = nested ? [] : filled.filter(equal);
    const columns = filled.filter((of) => !same.includes(of));
    let texts = null, sort = null, words = [], wanted = "", rows = source.rows, limit = 0;
    const body = make("tbody"), foot = make("tfoot"), status = make("output", { "aria-live": "polite" });
    const more = make("button", { type: "button", class: "more" });
    const heads = columns.map((of) => {
      const button = make("button", { type: "button" }, of.label);
      const head = make("th", { scope: "col", "aria-sort": "none" }, button);
      if (numeric.has(of.kind)) head.className = "n";
      button.addEventListener("click", () => {
        const direction = sort && sort.at === of.at ? (sort.direction === 1 ? -1 : 0) : 1;
        sort = direction === 0 ? null : { at: of.at, kind: of.kind, direction };
        heads.forEach((other) => other.setAttribute("aria-sort", "none"));
        if (sort) head.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
        update();
      });
      return head;
    });
    const caption = make("caption", nested ? {} : { class: "hidden" }, title);
    const element = make("table", {}, caption, make("thead", {}, make("tr", {}, ...heads)), body, foot);

    const cell = (row, { name, kind, at }, first) => {
      const value = row[at], text = shown(value, kind);
      const td = make(first ? "th" : "td", first ? { scope: "row" } : {});
      if (numeric.has(kind)) td.className = text.startsWith("\u2212") ? "n neg" : "n";
      else if (kind === "date") td.className = "d";
      else if (name.endsWith("_id") && text.length <= 32) td.className = "i";
      else if (long.has(name) && text.length > 24) td.className = "t";
      if (name === "overdrawn" && value === true) td.append(make("span", { class: "tag alarm" }, "OVERDRAWN"));
      else if (kind === "link" && value !== null) td.append(make("a", { href: value }, "PDF"));
      else if (name === "severity") td.append(make("span", { class: "tag " + value }, text));
      else td.textContent = text;
      if (kind === "hours" && value !== null && value.includes(".") && value.split(".")[1].length > 2) td.title = value + " hours exactly";
      return td;
    };

    const add = (row) => {
      const tr = make("tr");
      if (alarm && alarm(row)) tr.className = "alarm";
      columns.forEach((of, place) => tr.append(cell(row, of, place === 0)));
      body.append(tr);
      if (!open) return;
      const first = tr.firstChild, id = "d" + (ids += 1);
      const button = make("button", { type: "button", class: "open", "aria-expanded": "false", "aria-controls": id }, first.textContent);
      first.replaceChildren(button);
      const detail = make("tr", { class: "detail", id, hidden: "" });
      body.append(detail);
      button.addEventListener("click", () => {
        const expanded = button.getAttribute("aria-expanded") === "true";
        button.setAttribute("aria-expanded", String(!expanded));
        detail.hidden = expanded;
        if (!expanded && !detail.firstChild) {
          const inside = make("div");
          detail.append(make("td", { colspan: String(columns.length) }, inside));
          open(inside, row);
        }
      });
    };

    const showTo = (upTo) => {
      rows.slice(limit, upTo).forEach(add);
      limit = Math.min(Math.max(upTo, limit), rows.length);
      more.hidden = limit >= rows.length;
      more.textContent = "Show " + Math.min(100, rows.length - limit) + " more";
      const count = (number) => grouped(String(number));
      status.textContent = (limit < rows.length ? count(limit) + " of " : "") + count(rows.length) + (rows.length === 1 ? " row" : " rows")
        + (rows.length < source.rows.length ? ", chosen from " + count(source.rows.length) : "");
    };

    function update() {
      rows = source.rows;
      if (wanted) rows = rows.filter((row) => row[column(source, filter)] === wanted);
      if (words.length) {
        texts = texts || new Map(source.rows.map((row) => [row, columns.map(({ at }) => row[at] ?? "").join(" ").toLowerCase()]));
        rows = rows.filter((row) => words.every((word) => texts.get(row).includes(word)));
      }
      if (sort) {
        const order = compare(sort.kind);
        rows = [...rows].sort((a, b) => {
          const [one, other] = [a[sort.at], b[sort.at]];
          return (one === null || other === null ? 1 : sort.direction) * order(one, other);
        });
      }
      body.replaceChildren();
      limit = 0;
      showTo(PAGE);
      foot.replaceChildren(...(options.sums === false ? [] : sums(source, columns, rows, options.asTheyStand)).map(({ title, cells }) => [rows.length < source.rows.length || cut ? title + ", these rows" : title, cells]).map(([title, cells]) => make("tr", {}, ...columns.map(({ at, kind }, place) => {
        const [units, decimals, any] = cells.get(at) || [0n, 0, false];
        const text = any ? shown(decimalText(units, kind === "hours" ? scale : decimals), kind) : "";
        return place === 0 ? make("th", { scope: "row" }, title) : make("td", any ? { class: text.startsWith("\u2212") ? "n neg" : "n" } : {}, text);
      }))));
    }

    if (!nested) {
      const id = "s" + (ids += 1), tools = make("div", { class: "tools" });
      const search = make("input", { type: "search", id, autocomplete: "off" });
      search.addEventListener("input", () => { words = search.value.toLowerCase().split(/\s+/).filter(Boolean); update(); });
      tools.append(make("label", { for: id }, "Search ", make("span", { class: "hidden" }, "in " + title)), search);
      const at = filter ? column(source, filter) : -1;
      const values = at < 0 ? [] : [...new Set(source.rows.map((row) => row[at]))].filter((value) => value !== null).sort(collator.compare);
      if (values.length > 1 && values.length < 200) {
        const select = make("select", { id: id + "f" }, make("option", { value: "" }, "all"));
        for (const value of values) select.append(make("option", { value }, value));
        select.addEventListener("change", () => { wanted = select.value; update(); });
        tools.append(make("label", { for: id + "f" }, source.columns[at][1]), select);
      }
      tools.append(status);
      host.append(tools);
      if (same.length) host.append(make("p", { class: "same" }, "In every row: " + same.map(({ label, kind, at }) => label.toLowerCase() + " " + shown(source.rows[0][at], kind)).join(", ") + "."));
    }
    more.addEventListener("click", () => {
      const before = body.children.length;
      showTo(limit + 100);
      // The reader goes on where the new rows begin.
      const next = body.children[before];
      if (next) { next.tabIndex = -1; next.focus({ preventScroll: true }); }
    });
    host.append(make("div", { class: "scroll", role: "region", "aria-label": title, tabindex: "0" }, element), more);
    update();
    made.push(showTo);
  }

  const openLine = (cell, row) => {
    const invoice = row[column(data.invoice_lines, "invoice_id")], line = row[column(data.invoice_lines, "line_no")];
    const rows = entriesOf.get(invoice + "\n" + line);
    const name = "Entries of " + invoice + ", line " + line;
    if (rows) table(cell, { columns: entries.columns, rows }, { title: name, nested: true });
    else if (row[column(data.invoice_lines, "kind")] === "by time") cell.append(make("p", { class: "note" }, "The entries of this line are not in this page: they are in the table invoice_entries of the run."));
    else cell.append(make("p", { class: "empty" }, "This line is not billed by the hour: it has no entries."));
  };
  const openDraft = (cell, row) => {
    const invoice = row[column(data.invoices, "invoice_id")], rows = linesOf.get(invoice) || [];
    if (rows.length) table(cell, { columns: data.invoice_lines.columns, rows }, { title: "Lines of " + invoice, nested: true, hide: ["invoice_id", "order_id", "currency"], open: openLine, asTheyStand: true });
    else cell.append(make("p", { class: "note" }, "The lines of this draft are not in this page: they are in the table invoice_lines of the run."));
  };
  const openCustomer = (cell, row) => {
    const id = row[column(data.customers, "customer_id")], currency = row[column(data.customers, "currency")];
    const rows = draftsOf.get(id + "\n" + currency) || [];
    if (rows.length) table(cell, { columns: data.invoices.columns, rows }, { title: "Drafts of " + id, nested: true, hide: ["customer_id", "customer_name", "currency"], open: openDraft });
    else cell.append(make("p", { class: "note" }, "The drafts of this customer are not in this page: they are in the table invoices of the run."));
  };

  const overdrawn = (row) => row[column(data.order_lines, "overdrawn")] === true;
  const options = {
    customers: { filter: "currency", open: openCustomer },
    invoices: { filter: "kind", open: openDraft },
    invoice_lines: { filter: "kind", open: openLine },
    invoice_entries: { filter: "employee" },
    order_lines: { filter: "invoicing_policy", alarm: overdrawn, sums: false },
    unbilled: { filter: "disposition" },
    findings: { filter: "code" },
    quarantine: { filter: "code" },
    reconciliation: { filter: "cause" },
  };
  for (const host of document.querySelectorAll("[data-table]")) {
    const name = host.dataset.table;
    if (!data[name] || data[name].rows.length === 0) continue;
    table(host, name === "invoice_entries" ? allEntries() : data[name], { title: host.dataset.title, cut: "cut" in host.dataset, ...options[name] });
  }

  const theme = document.getElementById("theme"), root = document.documentElement;
  const dark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const label = () => { theme.textContent = dark() ? "Light" : "Dark"; theme.setAttribute("aria-label", "Use " + theme.textContent.toLowerCase() + " colours"); };
  theme.hidden = false;
  label();
  theme.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; label(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);

  // Paper has no buttons: what it can hold is unfolded.
  addEventListener("beforeprint", () => {
    made.forEach((showTo) => showTo(PRINTED));
    document.querySelectorAll("details").forEach((details) => { details.dataset.was = details.open; details.open = true; });
  });
  addEventListener("afterprint", () => document.querySelectorAll("details").forEach((details) => { details.open = details.dataset.was === "true"; }));
})();
