// Opens pages in Chromium as a desktop and a phone show them, by day and by night, and tells what is wrong with them.
//
// Reads {pages: [path], pictures: folder or null, unpacked: folder} from the standard input and writes one array: for each
// page its text, how many tables and pictures are to be seen, and the problems of each view, as sentences. A page's own
// scripts run, so that one that got into it is noticed.
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import { chromium } from "playwright-core";

const { pages, pictures, unpacked } = JSON.parse(readFileSync(0, "utf8"));
const VIEWS = [
  { name: "desktop", options: { viewport: { width: 1280, height: 900 }, colorScheme: "light" } },
  { name: "desktop-dark", options: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" } },
  { name: "phone", options: { viewport: { width: 390, height: 844 }, colorScheme: "light", isMobile: true } },
];

// Of a picture; beyond that nobody looks, and Chromium takes its time.
const TALLEST = 8000;
// A page with so many elements takes axe seconds; one view of it must do.
const MANY = 3000;

// Runs in the page: what is there, and what lies where nobody can see or reach it.
function measure() {
  const problems = [];
  const told = (element) => {
    const words = (element.textContent ?? "").trim().replace(/\s+/g, " ").slice(0, 40);
    return `<${element.tagName.toLowerCase()}> “${words}”`;
  };
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) problems.push(`is ${root.scrollWidth} wide, of which ${root.clientWidth} are shown`);
  const scrolls = (element) => /auto|scroll/.test(getComputedStyle(element).overflowX);
  const withinScroll = (element) => {
    for (let each = element; each !== null && each !== document.body; each = each.parentElement) if (scrolls(each)) return true;
    return false;
  };
  const shown = (element) => element.checkVisibility() && element.getBoundingClientRect().width > 0 && element.getBoundingClientRect().height > 0;
  for (const element of document.body.querySelectorAll("*")) {
    const box = element.getBoundingClientRect();
    if (shown(element) && (box.right > root.clientWidth + 1 || box.left < -1) && !withinScroll(element)) problems.push(`${told(element)} leaves the page`);
  }
  // A cell that is narrower than its longest word has text that runs into its neighbour.
  for (const cell of document.querySelectorAll("td, th")) {
    if (shown(cell) && cell.scrollWidth > cell.clientWidth + 1) problems.push(`${told(cell)} is wider than its column`);
  }
  for (const svg of document.querySelectorAll("svg")) {
    const whole = svg.viewBox.baseVal;
    for (const text of svg.querySelectorAll("text")) {
      const box = text.getBBox();
      const edges = [box.x, box.y, box.x + box.width, box.y + box.height];
      if (edges[0] < whole.x || edges[1] < whole.y || edges[2] > whole.x + whole.width || edges[3] > whole.y + whole.height) {
        problems.push(`${told(text)} leaves its picture`);
      }
      for (const rect of svg.querySelectorAll("rect")) {
        const frame = rect.getBBox();
        const begins = edges[0] >= frame.x && edges[0] < frame.x + frame.width && edges[1] >= frame.y && edges[3] <= frame.y + frame.height;
        if (begins && edges[2] > frame.x + frame.width) problems.push(`${told(text)} leaves its box`);
      }
    }
  }
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    if (document.getElementById(decodeURIComponent(link.getAttribute("href").slice(1))) === null) problems.push(`${told(link)} leads nowhere`);
  }
  for (const script of document.querySelectorAll("script, iframe, object, embed")) problems.push(`${told(script)} is no part of a report`);
  const background = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g).map(Number);
  return {
    problems,
    background: background.length === 4 && background[3] === 0 ? null : background[0] + background[1] + background[2],
    text: document.body.innerText,
    height: root.scrollHeight,
    elements: document.querySelectorAll("*").length,
    tables: [...document.querySelectorAll("table")].filter(shown).length,
    pictures: [...document.querySelectorAll("svg")].filter(shown).length,
  };
}

// What axe says of contrast, names and what a keyboard reaches.
async function judged(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ["violations"] }));
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" ")}`);
}

async function look(browser, path, view) {
  const url = pathToFileURL(path).href;
  const problems = [];
  const context = await browser.newContext(view.options);
  const page = await context.newPage();
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) problems.push(`console: ${message.text()}`); });
  page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => { problems.push(`dialog: ${dialog.message()}`); return dialog.dismiss(); });
  page.on("request", (request) => { if (request.url() !== url) problems.push(`asks for ${request.url()}`); });
  await page.goto(url);
  // What is folded away must fit, too.
  await page.evaluate(() => document.querySelectorAll("details").forEach((each) => { each.open = true; }));
  const seen = await page.evaluate(measure);
  const dark = view.options.colorScheme === "dark";
  if (seen.background === null ? dark : dark !== seen.background < 3 * 128) problems.push(`is not ${dark ? "dark" : "light"}`);
  if (seen.elements < MANY || view === VIEWS[0]) problems.push(...(await judged(page)));
  if (pictures !== null) {
    await page.evaluate(() => document.querySelectorAll("details").forEach((each) => { each.open = false; }));
    const file = join(pictures, `${basename(path, ".html")}-${view.name}.png`);
    const { width } = view.options.viewport;
    await page.setViewportSize({ width, height: Math.min(seen.height, TALLEST) });
    await page.screenshot({ path: file });
  }
  await context.close();
  return { ...seen, problems: [...seen.problems, ...problems].map((each) => `${view.name}: ${each}`) };
}

const browser = await chromium.launch({
  executablePath: join(unpacked, "chromium"),
  args: ["--no-sandbox"], // it wants user namespaces, which containers and CI do not give; the pages are our own
  env: { ...process.env, LD_LIBRARY_PATH: join(unpacked, "al2023", "lib"), FONTCONFIG_FILE: join(unpacked, "fonts.xml") },
});
try {
  const found = [];
  for (const path of pages) {
    const views = [];
    for (const view of VIEWS) views.push(await look(browser, path, view));
    found.push({ ...views[0], problems: views.flatMap((each) => each.problems), tables: Math.min(...views.map((each) => each.tables)), pictures: Math.min(...views.map((each) => each.pictures)) });
  }
  console.log(JSON.stringify(found));
} finally {
  await browser.close();
}
