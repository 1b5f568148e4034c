// Opens a report in headless Chromium and uses it as a person does: sorts, searches, chooses, opens a customer down to its entries,
// prints. It fails when anything is written to the console, and when the page asks for anything beside itself.
//
//   node report.mjs PAGE.html CHROMIUM [SCREENSHOTS_DIR]
//
// `playwright-core` is looked for where node looks for modules.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.cwd(), "anywhere.js"));
const { chromium } = require("playwright-core");
const [page_file, executablePath, shots] = process.argv.slice(2);

const profile = mkdtempSync(join(tmpdir(), "report-"));
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];
const browser = await chromium.launchPersistentContext(profile, { executablePath, args: flags, viewport: { width: 1280, height: 900 } });
try {
  const page = await browser.newPage();
  const said = [], asked = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("request", (request) => asked.push(request.url()));
  const address = pathToFileURL(resolve(page_file)).href;
  await page.goto(address);
  const title = await page.title();
  const table = (name) => page.locator(`#t-${name}`);
  const cells = (of, column) => of.locator(`:scope > .scroll > table > tbody > tr:not(.detail) > :nth-child(${column})`).allTextContents();
  // By its title: tables inside others leave empty columns out.
  const titled = async (of, title) => {
    const heads = await of.locator(":scope > .scroll > table > thead > tr > th").allTextContents();
    assert.ok(heads.includes(title), `${title} among ${heads}`);
    return cells(of, heads.indexOf(title) + 1);
  };
  const number = (text) => Number(text.replaceAll(",", "").replace("\u2212", "-"));

  // The first thing a keyboard reaches leads past the navigation.
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  for (const landmark of ["main", "header", "nav", "footer"]) assert.equal(await page.locator(landmark).count(), 1, landmark);
  assert.equal(await page.locator("table:not(:has(caption))").count(), 0, "every table has a caption");
  assert.equal(await page.locator("h1").count(), 1);

  // Sort by total: up, down, as it was.
  const customers = table("customers");
  const before = await titled(customers, "Total");
  const head = customers.locator("thead th", { hasText: "Total" });
  await head.getByRole("button").click();
  assert.equal(await head.getAttribute("aria-sort"), "ascending");
  const up = (await titled(customers, "Total")).map(number);
  assert.deepEqual(up, [...up].sort((a, b) => a - b));
  await head.getByRole("button").press("Enter");
  assert.equal(await head.getAttribute("aria-sort"), "descending");
  const down = (await titled(customers, "Total")).map(number);
  assert.deepEqual(down, [...down].sort((a, b) => b - a));
  assert.notDeepEqual(up, down);
  await head.getByRole("button").click();
  assert.equal(await head.getAttribute("aria-sort"), "none");
  assert.deepEqual(await titled(customers, "Total"), before);

  // The largest come first, in each currency, and the sums below are theirs.
  const currency = await titled(customers, "Currency");
  const totals = before.map(number);
  for (let row = 1; row < totals.length; row += 1) assert.ok(currency[row] !== currency[row - 1] || totals[row] <= totals[row - 1], `row ${row}`);
  assert.equal(await customers.locator("button.more").isVisible(), false, "all customers are shown");
  for (const row of await customers.locator(":scope > .scroll > table > tfoot > tr").all()) {
    const [title, said] = await row.locator("th, td").allTextContents();
    const of = totals.filter((_, at) => title === "Total" || title === `Total ${currency[at]}`);
    assert.ok(of.length > 0 && Math.abs(of.reduce((a, b) => a + b, 0) - number(said)) < 0.005, title);
  }

  // Search and choose.
  const unbilled = table("unbilled");
  const all = await unbilled.locator("output").textContent();
  await unbilled.locator("select").selectOption("no order line");
  assert.deepEqual([...new Set(await titled(unbilled, "Where it stands"))], ["no order line"]);
  assert.match(await unbilled.locator("output").textContent(), /chosen from/);
  const one = (await cells(unbilled, 1))[3];
  await unbilled.locator("input").fill(`  ${one.toUpperCase()} NO ORDER LINE `);
  assert.deepEqual(await cells(unbilled, 1), [one]);
  await unbilled.locator("input").fill("no row says this");
  assert.equal(await unbilled.locator("tbody tr").count(), 0);
  await unbilled.locator("input").fill("");
  await unbilled.locator("select").selectOption("");
  assert.equal(await unbilled.locator("output").textContent(), all);

  // More rows, and the reader stays where they begin.
  const entries = table("invoice_entries");
  const shown = await entries.locator("tbody tr").count();
  await entries.locator("button.more").click();
  assert.equal(await entries.locator("tbody tr").count(), shown + 100);
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "TR");

  // From customer to draft to line to entry, by keyboard, and the hours of the entries are those of the line.
  await customers.locator("input").fill("C001");
  const open = (scope) => scope.locator(":scope > .scroll > table > tbody > tr > th > button.open");
  await open(customers).first().press("Enter");
  const drafts = customers.locator("tr.detail > td > div").first();
  await open(drafts).first().press("Enter");
  const lines = drafts.locator("tr.detail > td > div").first();
  const kinds = await titled(lines, "Kind");
  const time = kinds.indexOf("by time");
  assert.ok(time >= 0, "a line billed by the hour");
  const hours = (await titled(lines, "Hours"))[time];
  const button = open(lines).nth(time);
  assert.equal(await button.getAttribute("aria-expanded"), "false");
  await button.press("Enter");
  assert.equal(await button.getAttribute("aria-expanded"), "true");
  const inside = lines.locator(`tr.detail#${await button.getAttribute("aria-controls")} > td > div`);
  while (await inside.locator("button.more").isVisible()) await inside.locator("button.more").click();
  const sum = (await titled(inside, "Hours")).map(number).reduce((a, b) => a + b, 0);
  assert.ok(Math.abs(sum - number(hours)) < 0.5, `${sum} of ${hours}`);
  if (shots) {
    await customers.scrollIntoViewIfNeeded();
    await page.screenshot({ path: join(shots, "drill.png") });
  }
  await button.press("Enter");
  assert.equal(await inside.isVisible(), false);
  assert.equal(await inside.evaluate((inside) => inside.closest("tr").hidden), true);

  // Overdrawn lines are told by word, not by colour alone.
  const lines_table = table("order_lines");
  await lines_table.locator("input").fill("overdrawn by");
  const alarms = await lines_table.locator("tbody tr").count();
  assert.ok(alarms > 0);
  assert.equal(await lines_table.locator("tbody tr.alarm .tag.alarm", { hasText: "OVERDRAWN" }).count(), alarms);
  await lines_table.locator("input").fill("");

  // Nothing sticks out of the page, wide or narrow.
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 900 });
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wider <= 0, `${wider} pixels too wide at ${width}`);
    if (shots) await page.screenshot({ path: join(shots, `light-${width}.png`), fullPage: width === 1280 });
  }
  await page.setViewportSize({ width: 1280, height: 900 });

  // Dark by the button and by the system.
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.locator("#theme").click();
  assert.notEqual(await background(), light);
  if (shots) await page.screenshot({ path: join(shots, "dark.png"), fullPage: true });
  await page.locator("#theme").click();
  assert.equal(await background(), light);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.reload();
  assert.notEqual(await background(), light);
  await page.emulateMedia({ colorScheme: "light" });

  // On paper: no buttons but those that head columns, more rows, and how many there are.
  if (shots) await page.pdf({ path: join(shots, "print.pdf"), preferCSSPageSize: true });
  await page.emulateMedia({ media: "print" });
  for (const control of [".tools input", ".tools select", ".more", "#theme"]) {
    assert.equal(await page.locator(control).first().isVisible(), false, control);
  }
  assert.equal(await page.locator(".tools output").first().isVisible(), true);

  assert.equal(await page.title(), title, "no text of the data ran");
  assert.deepEqual(said, [], "nothing is written to the console");
  assert.deepEqual([...new Set(asked.filter((url) => !url.startsWith("data:")))], [address], "nothing else is asked for");
  console.log("the report works");
} finally {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}
