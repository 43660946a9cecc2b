// Evaluates each line of standard input, {expression, states, variables}, and prints {value}, {} for undefined, or {error}.
const crypto = require("crypto");
const readline = require("readline");
const jsonata = require(process.argv[2]);

async function evaluated({ expression, states, variables }) {
  try {
    const compiled = jsonata(expression);
    // Functions that Step Functions adds (https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html).
    compiled.registerFunction("parse", (text) => JSON.parse(text), "<s:x>");
    compiled.registerFunction("hash", (text, name) =>
      crypto.createHash((name || "SHA-1").replace("-", "").toLowerCase()).update(text).digest("hex"), "<ss?:s>");
    const value = await compiled.evaluate(undefined, { ...variables, states });
    return value === undefined ? {} : { value };
  } catch (error) {
    return { error: String(error.code || error.message) };
  }
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await evaluated(JSON.parse(line))));
  }
})();
