// Reads a JSON list from standard input and writes one of its items in TOON, one by one.
import { readFileSync } from "node:fs";
import { encode } from "@toon-format/toon";

const items = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(items.map((item) => encode(item))));
